package annotations

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is one mistake in a directive. The message is lower case without a full stop, to be printed
// after a position.
type Error struct {
	Span    Span   // the smallest part that is wrong
	Message string // what is there, what is possible, what was probably meant
	Fix     string // what to write in place of the span; "" when that is not certain
	Meant   string // of a pattern with "*" beside a placeholder, the one without: contact:{id}
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// errorList collects the mistakes of a block.
type errorList []*Error

func (l *errorList) addf(at Span, format string, args ...any) {
	l.fixf(at, "", format, args...)
}

func (l *errorList) fixf(at Span, fix, format string, args ...any) {
	*l = append(*l, newError(at, fix, format, args...))
}

// newError makes the message one printable line, whatever it cites.
func newError(at Span, fix, format string, args ...any) *Error {
	message := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return utf8.RuneError
		}
		return c
	}, fmt.Sprintf(format, args...))
	return &Error{Span: at, Message: message, Fix: fix}
}

func (l errorList) sort() {
	slices.SortStableFunc(l, func(a, b *Error) int {
		return cmp.Or(
			cmp.Compare(a.Span.Line, b.Span.Line),
			cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End),
		)
	})
}
