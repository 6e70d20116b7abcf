package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// keyBuilder prints the statements that build a key. What can be chained is:
// r.list.Key(ctx, &buf).String(stage).Int(int64(page)). What needs a decision ends the chain in a
// variable:
//
//	key := r.list.Key(ctx, &buf)
//	if owner == nil {
//		key = key.Nil()
//	} else {
//		key = key.String(*owner)
//	}
//
// How values become segments is in key_value.go.
type keyBuilder struct {
	at       *home
	vars     *variables
	name     string         // of the variable
	start    *jen.Statement // what the variable begins as; nil if it is declared already
	declared bool
	chain    chain
	open     *optional // what the next segment may join
	out      []jen.Code

	skip    bool   // nil on the way to a value: not a nil segment, but no key at all
	skipRow bool   // the same for what a row of a batch says, and not for arguments
	guards  guards // of all values that are skipped
}

// chain is an expression that is not yet in the variable.
type chain struct {
	expr   *jen.Statement // nil: nothing
	length int            // calls in it
	nested bool           // it is the argument of a call: one of those to a statement
}

// maxChain keeps lines readable.
const maxChain = 6

// inner builds on the same variable, in a block of its own.
func (k *keyBuilder) inner() *keyBuilder {
	return &keyBuilder{at: k.at, vars: k.vars, name: k.name}
}

// key is the expression to append to.
func (k *keyBuilder) key() *jen.Statement {
	k.close()
	switch {
	case k.chain.expr != nil:
		return k.chain.expr
	case k.start != nil && !k.declared:
		return k.start
	}
	return jen.Id(k.name)
}

// append appends a call to the chain: key.String(id).
func (k *keyBuilder) append(method string, args ...jen.Code) {
	if k.chain.length >= maxChain {
		k.flush()
	}
	k.chain.expr = jen.Add(k.key()).Dot(method).Call(args...)
	k.chain.length++
}

// nest appends a function's call around the chain: keyFilter(key, f).
func (k *keyBuilder) nest(function jen.Code, x operand) {
	if k.chain.nested {
		k.flush()
	}
	k.chain.expr = jen.Add(function).Call(k.key(), x.value())
	k.chain.nested = true
	k.chain.length++
}

// flush puts the chain into the variable.
func (k *keyBuilder) flush() {
	k.close()
	declare := k.start != nil && !k.declared
	if !declare && k.chain.expr == nil {
		return
	}
	op := "="
	if declare {
		op = ":="
	}
	k.out = append(k.out, jen.Id(k.name).Op(op).Add(k.key()))
	k.declared, k.chain = true, chain{}
}

// finish returns the statements after which the variable holds the key.
func (k *keyBuilder) finish() []jen.Code {
	k.flush()
	return k.out
}

// expr returns the key as an expression, and the statements before it.
func (k *keyBuilder) expr() ([]jen.Code, *jen.Statement) {
	key := k.key()
	return k.out, key
}

// segments appends the segments of a template.
func (k *keyBuilder) segments(list []model.Segment) *keyBuilder {
	for i := range list {
		k.segment(&list[i])
	}
	return k
}

// segment appends one segment of a template: v{id} is Literal("v").Join().String(id).
func (k *keyBuilder) segment(s *model.Segment) {
	if s.Value == nil {
		k.append("Literal", jen.Lit(s.Before))
		return
	}
	if s.Before != "" {
		k.append("Literal", jen.Lit(s.Before))
		k.append("Join")
	}
	k.value(s.Value)
	if s.After != "" {
		k.append("Join")
		k.append("Literal", jen.Lit(s.After))
	}
}
