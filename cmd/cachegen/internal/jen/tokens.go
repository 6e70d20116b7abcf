package jen

import (
	"fmt"
	"go/token"
	"go/types"
	"sort"
	"strconv"
	"strings"
)

// Id is an identifier.
func Id(name string) *Statement { return newStatement().Id(name) }

// Id adds what [Id] begins.
func (s *Statement) Id(name string) *Statement { return s.token(word, name) }

// Qual is a name in a package, which the file imports; a plain name in the file's own.
func Qual(path, name string) *Statement { return newStatement().Qual(path, name) }

// Qual adds what [Qual] begins.
func (s *Statement) Qual(path, name string) *Statement {
	return s.add(item{kind: qualified, text: name, list: &list{between: path}})
}

// Dot is .name.
func Dot(name string) *Statement { return newStatement().Dot(name) }

// Dot adds what [Dot] begins.
func (s *Statement) Dot(name string) *Statement { return s.token(dot, name) }

// Op is an operator, or any other token.
func Op(operator string) *Statement { return newStatement().Op(operator) }

// Op adds what [Op] begins.
func (s *Statement) Op(operator string) *Statement { return s.operator(operator) }

// Add is code as it is.
func Add(code ...Code) *Statement { return newStatement().Add(code...) }

// Add adds what [Add] begins.
func (s *Statement) Add(code ...Code) *Statement { return s.addAll(code) }

// Null is nothing at all.
func Null() *Statement { return newStatement().Null() }

// Null adds what [Null] begins.
func (s *Statement) Null() *Statement { return s }

// Empty is nothing, but counts as an element of a list: Index(Empty(), high) is [:high].
func Empty() *Statement { return newStatement().Empty() }

// Empty adds what [Empty] begins.
func (s *Statement) Empty() *Statement { return s.token(word, "") }

// Line is an empty line.
func Line() *Statement { return newStatement().Line() }

// Line adds what [Line] begins.
func (s *Statement) Line() *Statement { return s.token(line, "") }

// Comment is // text, on a line of its own or at the end of a statement. Text that begins with // or /* is printed as it is.
func Comment(text string) *Statement { return newStatement().Comment(text) }

// Comment adds what [Comment] begins.
func (s *Statement) Comment(text string) *Statement { return s.token(comment, text) }

// Commentf is a comment.
func Commentf(format string, args ...any) *Statement { return newStatement().Commentf(format, args...) }

// Commentf adds what [Commentf] begins.
func (s *Statement) Commentf(format string, args ...any) *Statement {
	return s.Comment(fmt.Sprintf(format, args...))
}

// Tag is the tag of a field.
func Tag(items map[string]string) *Statement { return newStatement().Tag(items) }

// Tag adds what [Tag] begins.
func (s *Statement) Tag(items map[string]string) *Statement { return s.tag(items) }

// Lit is a literal of a basic type.
func Lit(value any) *Statement { return newStatement().Lit(value) }

// Lit adds what [Lit] begins.
func (s *Statement) Lit(value any) *Statement { return s.literal(value) }

// LitRune is a rune literal.
func LitRune(value rune) *Statement { return newStatement().LitRune(value) }

// LitRune adds what [LitRune] begins.
func (s *Statement) LitRune(value rune) *Statement { return s.token(word, strconv.QuoteRune(value)) }

// LitByte is a conversion to byte.
func LitByte(value byte) *Statement { return newStatement().LitByte(value) }

// LitByte adds what [LitByte] begins.
func (s *Statement) LitByte(value byte) *Statement {
	return s.token(word, fmt.Sprintf("byte(%#v)", value))
}

// Custom is a list of one's own.
func Custom(o Options, elems ...Code) *Statement { return newStatement().Custom(o, elems...) }

// Custom adds what [Custom] begins.
func (s *Statement) Custom(o Options, elems ...Code) *Statement { return s.custom(o, elems) }

// Clone returns a statement that begins with this one, and does not extend it.
func (s *Statement) Clone() *Statement { return newStatement().Add(s) }

func (s *Statement) addAll(code []Code) *Statement {
	for _, c := range code {
		if c == nil {
			continue
		}
		if sub := c.statement(); sub != nil {
			s.add(item{kind: nested, sub: sub})
		}
	}
	return s
}

func (s *Statement) operator(text string) *Statement {
	switch {
	case text == "":
		return s.Empty()
	case text == ",":
		return s.token(comma, text)
	case isOperator[text]:
		return s.token(op, text)
	}
	return s.token(word, text)
}

// isOperator has all that is not printed like a word.
var isOperator = func() map[string]bool {
	m := map[string]bool{}
	for t := token.ADD; t <= token.TILDE; t++ {
		if t.IsOperator() {
			m[t.String()] = true
		}
	}
	for _, t := range []token.Token{token.LPAREN, token.RPAREN, token.LBRACK, token.RBRACK, token.LBRACE, token.RBRACE, token.PERIOD, token.SEMICOLON} {
		delete(m, t.String())
	}
	return m
}()

func (s *Statement) tag(items map[string]string) *Statement {
	if len(items) == 0 {
		return s
	}
	list := make([]string, 0, len(items))
	for k, v := range items {
		list = append(list, k+":"+strconv.Quote(v))
	}
	sort.Strings(list)
	text := strings.Join(list, " ")
	if strconv.CanBackquote(text) {
		text = "`" + text + "`"
	} else {
		text = strconv.Quote(text)
	}
	return s.token(tag, text)
}

func (s *Statement) literal(value any) *Statement {
	var text string
	switch v := value.(type) {
	case string:
		text = strconv.Quote(v)
	case int:
		text = strconv.Itoa(v)
	case bool:
		text = strconv.FormatBool(v)
	case complex128:
		text = fmt.Sprintf("%#v", v)
	case float64:
		if text = fmt.Sprintf("%#v", v); !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
	case float32, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr:
		text = fmt.Sprintf("%T(%#v)", v, v)
	case complex64:
		text = fmt.Sprintf("%T%#v", v, v)
	default:
		panic(fmt.Sprintf("jen: no literal of type %T", value))
	}
	if positive, negative := strings.CutPrefix(text, "-"); negative {
		return s.token(op, "-").token(word, positive)
	}
	return s.token(word, text)
}

func (s *Statement) custom(o Options, elems []Code) *Statement {
	l := &list{elems: elems, multi: o.Multi}
	switch separator := strings.TrimSpace(o.Separator); o.Open + o.Close + separator {
	case "{},":
		l.shape = values
	case "(),":
		l.shape = call
	case "[],":
		l.shape = typeArgs
	case "{}":
		l.shape = block
	case "()":
		l.shape = parens
		if o.Multi {
			l.shape = defs
		}
	case ",":
		l.shape = joined
	case "":
		l.shape = plain
	default:
		if !isOperator[separator] || o.Open != "" || o.Close != "" {
			panic(fmt.Sprintf("jen: no list %#v", o))
		}
		l.shape, l.between = infix, separator
	}
	return s.add(item{kind: group, list: l})
}

// IsReservedWord reports whether a name is a keyword or predeclared, and so no name for a package.
func IsReservedWord(name string) bool { return token.IsKeyword(name) || predeclared[name] }

var predeclared = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range types.Universe.Names() {
		m[n] = true
	}
	return m
}()
