// Package paths is the algebra of keys and patterns: which of them can be equal, and which entries
// a pattern reaches.
//
// A Path stands for a set of keys. That of a read is all keys that it can have, that of a pattern
// all keys that it can name: a literal segment is one text, a placeholder every text that a value
// of its type can be, and "*" any number of segments. Two questions are asked of paths. Meets asks
// whether any key is in both sets; it decides which reads share entries. Compare also looks at the
// types of values, because {id} of an int and {id} of a string are the same text by accident only;
// it decides what a write makes stale.
//
// An Index answers Meets for many paths without looking at all of them, so that the time that a
// program takes grows with its size and not with the square of it.
package paths

import (
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Path is a key or a pattern, segment by segment.
type Path []Segment

// Segment is one segment of a path, as the set of texts that it can be; or any number of segments,
// if its kind says so.
type Segment struct {
	Before, After string // literal text; a literal segment is Before alone
	Kind          Kind
	Class         Class // of the value
	Opens         Class // of the first segment of the value
	Marks         int   // of what is not nil, that the value begins with
	MayBeNil      bool  // a pointer on the way may be nil, which gives the mark of nil
	Value         *model.Value
}

// Kind is what texts a segment can be.
type Kind uint8

// The kinds. Some and Many are the only ones that stand for several segments.
const (
	Literal Kind = iota
	Integer
	Boolean
	Text // any string
	Some // any number of segments, at least one
	Many // any number of segments, or none
)

// Class is what the text of a value is made of.
type Class uint8

// The classes.
const (
	Composite Class = iota // several segments
	Anything               // what a type argument makes of it
	Integers
	Texts
	Floats
	Booleans
	Times
)

// Literals is the path of literal segments: contact:list.
func Literals(prefix string) Path { return appendLiterals(nil, prefix) }

// Under is the path of everything that begins with literal segments: contact:list:*.
func Under(prefix string) Path { return append(Literals(prefix), Segment{Kind: Many}) }

func appendLiterals(p Path, prefix string) Path {
	if prefix != "" {
		for s := range strings.SplitSeq(prefix, ":") {
			p = append(p, Segment{Before: s})
		}
	}
	return p
}

// First is the literal segment that a path begins with; "" for a path without one, which is about
// everything.
func (p Path) First() string {
	if len(p) > 0 && p[0].Kind == Literal {
		return p[0].Before
	}
	return ""
}

// Everything reports whether a path is "*".
func (p Path) Everything() bool { return len(p) > 0 && p[0].Kind == Many }
