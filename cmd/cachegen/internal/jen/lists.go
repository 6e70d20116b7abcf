package jen

// Call is (a, b), behind what is called.
func Call(elems ...Code) *Statement { return newStatement().Call(elems...) }

// Call adds what [Call] begins.
func (s *Statement) Call(elems ...Code) *Statement { return s.group(call, elems) }

// Params is (a int, b string): parameters, or results.
func Params(elems ...Code) *Statement { return newStatement().Params(elems...) }

// Params adds what [Params] begins.
func (s *Statement) Params(elems ...Code) *Statement { return s.group(params, elems) }

// List is a, b.
func List(elems ...Code) *Statement { return newStatement().List(elems...) }

// List adds what [List] begins.
func (s *Statement) List(elems ...Code) *Statement { return s.group(joined, elems) }

// Index is [a], or [a:b], or the [] of a slice.
func Index(elems ...Code) *Statement { return newStatement().Index(elems...) }

// Index adds what [Index] begins.
func (s *Statement) Index(elems ...Code) *Statement { return s.group(index, elems) }

// Types is [K, V]: type parameters or arguments, or nothing if there are none.
func Types(elems ...Code) *Statement { return newStatement().Types(elems...) }

// Types adds what [Types] begins.
func (s *Statement) Types(elems ...Code) *Statement { return s.group(typeArgs, elems) }

// Values is {a, b} on one line.
func Values(elems ...Code) *Statement { return newStatement().Values(elems...) }

// Values adds what [Values] begins.
func (s *Statement) Values(elems ...Code) *Statement { return s.group(values, elems) }

// Block is {...} with a statement to a line; behind Case and Default, no braces.
func Block(elems ...Code) *Statement { return newStatement().Block(elems...) }

// Block adds what [Block] begins.
func (s *Statement) Block(elems ...Code) *Statement { return s.group(block, elems) }

// Struct is struct {...} with a field to a line.
func Struct(elems ...Code) *Statement { return newStatement().Struct(elems...) }

// Struct adds what [Struct] begins.
func (s *Statement) Struct(elems ...Code) *Statement { return s.group(structure, elems) }

// Interface is interface {...} with a method to a line.
func Interface(elems ...Code) *Statement { return newStatement().Interface(elems...) }

// Interface adds what [Interface] begins.
func (s *Statement) Interface(elems ...Code) *Statement { return s.group(contract, elems) }

// If is if a; b.
func If(elems ...Code) *Statement { return newStatement().If(elems...) }

// If adds what [If] begins.
func (s *Statement) If(elems ...Code) *Statement { return s.group(ifClause, elems) }

// For is for a; b; c.
func For(elems ...Code) *Statement { return newStatement().For(elems...) }

// For adds what [For] begins.
func (s *Statement) For(elems ...Code) *Statement { return s.group(forClause, elems) }

// Switch is switch a; b.
func Switch(elems ...Code) *Statement { return newStatement().Switch(elems...) }

// Switch adds what [Switch] begins.
func (s *Statement) Switch(elems ...Code) *Statement { return s.group(switchClause, elems) }

// Case is case a, b:
func Case(elems ...Code) *Statement { return newStatement().Case(elems...) }

// Case adds what [Case] begins.
func (s *Statement) Case(elems ...Code) *Statement { return s.group(caseClause, elems) }

// Return is return a, b.
func Return(elems ...Code) *Statement { return newStatement().Return(elems...) }

// Return adds what [Return] begins.
func (s *Statement) Return(elems ...Code) *Statement { return s.group(result, elems) }

// Defs is (...) with a declaration to a line.
func Defs(elems ...Code) *Statement { return newStatement().Defs(elems...) }

// Defs adds what [Defs] begins.
func (s *Statement) Defs(elems ...Code) *Statement { return s.group(defs, elems) }

// Union is a | b.
func Union(elems ...Code) *Statement { return newStatement().Union(elems...) }

// Union adds what [Union] begins.
func (s *Statement) Union(elems ...Code) *Statement {
	return s.Custom(Options{Separator: "|"}, elems...)
}

// Parens is (a).
func Parens(elem Code) *Statement { return newStatement().Parens(elem) }

// Parens adds what [Parens] begins.
func (s *Statement) Parens(elem Code) *Statement { return s.group(parens, []Code{elem}) }

// Assert is .(a).
func Assert(elem Code) *Statement { return newStatement().Assert(elem) }

// Assert adds what [Assert] begins.
func (s *Statement) Assert(elem Code) *Statement { return s.group(assert, []Code{elem}) }

// Map is map[a].
func Map(elem Code) *Statement { return newStatement().Map(elem) }

// Map adds what [Map] begins.
func (s *Statement) Map(elem Code) *Statement { return s.group(mapKey, []Code{elem}) }

// Do calls f with the statement.
func Do(f func(*Statement)) *Statement { return newStatement().Do(f) }

// Do adds what [Do] begins.
func (s *Statement) Do(f func(*Statement)) *Statement { f(s); return s }
