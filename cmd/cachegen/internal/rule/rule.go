// Package rule lists what a program can get wrong. Each rule has an ID, by which findings, tests
// and lint settings name it, and the format of its message.
package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Rule is something that a program can get wrong.
type Rule struct {
	ID      string // missing-ttl
	Format  string // of the message, for fmt.Sprintf
	Warning bool   // it may be meant
}

// all lists every Rule, so that a test can say which of them no case shows.
var all []Rule

// New declares a rule.
func New(id, format string) Rule { return declare(Rule{ID: id, Format: format}) }

// NewWarning declares a rule whose findings are warnings.
func NewWarning(id, format string) Rule { return declare(Rule{ID: id, Format: format, Warning: true}) }

func declare(r Rule) Rule {
	if slices.ContainsFunc(all, func(other Rule) bool { return other.ID == r.ID }) {
		panic("two rules are called " + r.ID)
	}
	all = append(all, r)
	return r
}

// All returns the rules of the packages that are linked in.
func All() []Rule { return slices.Clone(all) }

// Message is what is wrong, in words.
func (r Rule) Message(args ...any) string { return fmt.Sprintf(r.Format, args...) }

// FirstFew lists what a message has room for.
func FirstFew(list []string) string {
	const most = 8
	if len(list) > most {
		return strings.Join(list[:most], ", ") + ", ..."
	}
	return strings.Join(list, ", ")
}
