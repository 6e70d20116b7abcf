package jen

import "sync"

// Code is an element of the tree: a *Statement, or nil.
type Code interface{ statement() *Statement }

// Statement is a sequence of tokens: a statement, or a part of one. Its methods extend it, and return it. The zero value is an empty one.
type Statement struct {
	items []item
	first [2]item // most have no more, and need nothing but themselves
}

// statements has slices of what newStatement returns next. A file is some ten thousand statements, and all of them go when it has been printed.
var statements = sync.Pool{New: func() any { return new([]Statement) }}

func newStatement() *Statement {
	next := statements.Get().(*[]Statement)
	if len(*next) == 0 {
		*next = make([]Statement, 64)
	}
	s := &(*next)[0]
	*next = (*next)[1:]
	statements.Put(next)
	return s
}

func (s *Statement) statement() *Statement { return s }

// Options describe a list of one's own.
type Options struct {
	Open, Close string
	Separator   string
	Multi       bool // one element to a line
}

// item is a token, a list, or a statement within another.
type item struct {
	kind kind
	text string
	list *list // of a qualified name, between is the path
	sub  *Statement
}

type kind uint8

const (
	word kind = iota // a name, a literal, whatever is to be printed as it is
	keyword
	op
	comma
	dot // text is the name behind it
	qualified
	tag
	comment
	line
	nested
	group
)

// list is a group: elements with something around them.
type list struct {
	shape   shape
	elems   []Code
	multi   bool
	between string // the operator of an infix list; the path of a qualified name
}

type shape uint8

const (
	call shape = iota
	params
	parens
	index
	typeArgs
	values
	block
	assert
	mapKey
	structure
	contract
	ifClause
	forClause
	switchClause
	caseClause
	result
	defs
	joined // nothing around it: commas between its elements
	infix  // an operator between them
	plain  // nothing around or between
)

func (s *Statement) add(i item) *Statement {
	if s.items == nil {
		s.items = s.first[:0]
	}
	s.items = append(s.items, i)
	return s
}

func (s *Statement) token(k kind, text string) *Statement { return s.add(item{kind: k, text: text}) }

func (s *Statement) group(sh shape, elems []Code) *Statement {
	return s.add(item{kind: group, list: &list{shape: sh, elems: elems}})
}

// isNull reports whether nothing would be printed, not even a separator.
func isNull(c Code) bool {
	if c == nil {
		return true
	}
	s := c.statement()
	if s == nil {
		return true
	}
	for i := range s.items {
		switch x := &s.items[i]; {
		case x.kind == nested:
			if !isNull(x.sub) {
				return false
			}
		case x.kind == group && (x.list.shape >= joined || x.list.shape == typeArgs):
			for _, e := range x.list.elems {
				if !isNull(e) {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

// elements are those that are not null.
func (l *list) elements() []Code {
	for i, e := range l.elems {
		if isNull(e) {
			rest := append([]Code(nil), l.elems[:i]...)
			for _, e := range l.elems[i+1:] {
				if !isNull(e) {
					rest = append(rest, e)
				}
			}
			return rest
		}
	}
	return l.elems
}
