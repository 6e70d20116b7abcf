package check

import (
	"fmt"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleNearMiss = rule.New("near-miss", "%s")
	ruleFloating = rule.New("floating",
		"this directive belongs to no declaration; put it directly above a method of an interface")
	ruleTrailing = rule.New("trailing",
		"a directive after code has no effect; put it on its own line above the method")
	ruleMisplaced = rule.New("misplaced",
		"a directive on %s has no effect; it belongs above a method of an interface, or above "+
			"the interface for all of them")
	ruleEmbedded = rule.New("embedded",
		"a directive on the embedded interface %s has no effect; put it where the method is "+
			"declared, or repeat the method here")
	ruleGroup = rule.New("type-group",
		"a directive on a group of types has no effect; put it above one of them")
	ruleCommentedOut = rule.New("commented-out",
		"%s is commented out, so this directive belongs to nobody; comment it out as well, or "+
			"keep it apart from %[1]s by an empty line")
	ruleGenerated = rule.New("generated",
		"this file is generated and would lose the directive; declare an interface in a file of "+
			"your own (sqlc keeps what stands under the name of a query, on methods)")
	ruleForeign = rule.New("foreign",
		"this file was not written by cachegen, and it has the name that the wrappers of %s "+
			"need; rename it")
)

// places reports each directive that stands where none can.
func (c *checker) places() {
	for _, source := range c.pkg.Sources {
		for _, l := range source.Loose {
			c.place(l)
		}
	}
}

func (c *checker) place(l model.Loose) {
	at := Span{l.Pos, l.Pos.Column + len(l.Text)}
	switch l.Place {
	case model.NotADirective:
		if e := annotations.NearMiss(l.Text); e != nil {
			c.fix(within(l.Directive, e.Span), e.Fix, ruleNearMiss, e.Message)
		}
	case model.Floating:
		c.report(at, ruleFloating)
	case model.Trailing:
		c.report(at, ruleTrailing)
	case model.OnEmbedded:
		c.report(at, ruleEmbedded, l.Name)
	case model.OnGroup:
		c.report(at, ruleGroup)
	case model.CommentedOut:
		c.report(at, ruleCommentedOut, l.Name)
	case model.InGenerated:
		c.report(at, ruleGenerated)
	default:
		c.report(at, ruleMisplaced, placeNames[l.Place](l.Name))
	}
}

var placeNames = map[model.Place]func(name string) string{
	model.OnPackage: func(string) string { return "the package clause" },
	model.OnImport:  func(string) string { return "an import" },
	model.OnConst:   noun("the constant %s"),
	model.OnVar:     noun("the variable %s"),
	model.OnMethod:  noun("the method %s, which belongs to no type that this package declares,"),
	model.OnFunc:    noun("the function %s"),
	model.InFunc:    noun("something inside %s"),
	model.OnField:   noun("the field %s"),
	model.OnAlias:   noun("the alias %s"),
	model.OnType:    noun("%s, which is not declared as interface { ... } or struct { ... },"),
}

func noun(format string) func(string) string {
	return func(name string) string { return fmt.Sprintf(format, name) }
}
