package check

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	rulePutNoRead    = rule.New("put-no-read", "%s is the entry of no read of this package%s")
	rulePutElsewhere = rule.New("put-elsewhere",
		"%s is an entry of %s (%s), which is generic, so only its own methods can put it; use "+
			"invalidate=%s here")
	rulePutKeyType = rule.New("put-key-type",
		"%s puts what nothing reads: {%s} is %s, and the keys of %s (%s) have %s; use that type")
	rulePutTenant = rule.New("put-tenant",
		"%s puts %s for other tenants than those of %s (%s); use the same tenant=")
	rulePutLate = rule.New("put-late-tenant",
		"{%s} is not known before %s runs, and a put needs its tenant then; take it from the "+
			"context or from a parameter")
	rulePutSeveral = rule.New("put-several",
		"%s is an entry of %s (%s), which caches several results in one entry, and a put stores "+
			"one value; use invalidate=%s")
	rulePutTiers = rule.New("put-tiers",
		"%s is an entry of %s (%s), which lives in each process alone (tiers=local), so a put would "+
			"reach none of the others; use invalidate=%s")
	rulePutValue = rule.New("put-value",
		"%s caches %s, and %s %s; put= stores the result of that type, or else the parameter")
	rulePutElement = rule.New("put-element",
		"%s caches %s, and put= of a list stores its elements: those of {%s} are %s; use "+
			"invalidate=%s")
	rulePutLists = rule.New("put-lists",
		"%s goes through a list in the elements of {%s}, and put= through one list; use "+
			"invalidate=%[1]s")
	rulePutUndone = rule.New("put-undone",
		"%s covers %s, which this method puts; remove one of them")
	rulePutHangs = rule.New("put-hangs",
		"%s goes stale with %s, which this method invalidates; use invalidate=%s")
)

// puts finds, for each put=, the read that would store the entry, and the value to store.
func (c *checker) puts() {
	for _, w := range c.writes {
		for i, p := range w.method.puts {
			path := c.pathsOf(w)[len(w.Model.Write.Invalidations)+i]
			c.put(w, p, &w.Model.Write.Puts[i], path)
		}
	}
}

func (c *checker) put(w *Site, p pattern, put *model.Put, path paths.Path) {
	if slices.ContainsFunc(put.Segments, unresolved) {
		return
	}
	at := w.method.options.own.at(p.Span)
	r := c.putRead(w, at, put, path)
	if r == nil || !c.puttable(w, at, put, r) {
		return
	}
	value, wrong := putValue(w, put, r.Model.Read.Value)
	switch {
	case len(put.Loops) > 1:
		c.report(at, rulePutLists, put.Text, w.method.expression(&put.Loops[0]))
		return
	case wrong != "" && len(put.Loops) > 0:
		c.report(at, rulePutElement, r.method.name()+" ("+r.Where()+")", c.typeName(r.Model.Read.Value), w.method.expression(&put.Loops[0]), c.typeName(value.Type), put.Text)
		return
	case wrong != "":
		c.report(at, rulePutValue, r.method.name()+" ("+r.Where()+")", c.typeName(r.Model.Read.Value), w.method.name(), wrong)
		return
	}
	for i, inv := range w.Model.Write.Invalidations {
		if covers(inv, put.Invalidation) {
			c.report(w.method.options.own.at(w.method.invalidations[i].Span), rulePutUndone, inv.Text, put.Text)
		}
	}
	put.Value = value
	putTo(put, w, r)
	c.putTags(w, at, put)
}

// puttable reports whether an entry of a read can be put, and its tenant is the read's.
func (c *checker) puttable(w *Site, at Span, put *model.Put, r *Site) bool {
	before := c.reported
	t, fromValue := put.Tenant.(model.FromValue)
	switch {
	case r.Model.Read.Fields != nil:
		c.report(at, rulePutSeveral, put.Text, r.method.name(), r.Where(), put.Text)
	case !samePutTenant(put.Tenant, r.Model.Read.Tenant):
		c.report(at, rulePutTenant, w.method.name(), put.Text, r.method.name(), r.Where())
	case r.Model.Read.InProcess:
		c.report(at, rulePutTiers, put.Text, r.method.name(), r.Where(), put.Text)
	case fromValue && t.Value.Root.Result:
		c.report(at, rulePutLate, w.method.expression(&t.Value), w.method.name())
	}
	return c.reported == before
}

// putTo lets a put store an entry of a read. What the pattern has after the prefix of the read
// becomes segments.
func putTo(put *model.Put, w, r *Site) {
	read := r.Model.Read
	if r.method.decl.Name != w.method.decl.Name {
		put.Reader = r.method.decl.Object.Type().(*types.Named)
	}
	put.Read, put.Method = read, r.method.name()
	put.Phase = phaseOf(&put.Invalidation)
	var segments []model.Segment
	for _, text := range paths.Split(put.Prefix)[len(paths.Split(read.Prefix)):] {
		segments = append(segments, model.Segment{Before: text})
	}
	put.Prefix, put.Segments = read.Prefix, append(segments, put.Segments...)
}

// putRead returns the read whose keys the pattern has: of the same repository, or else of another
// in the package.
func (c *checker) putRead(w *Site, at Span, put *model.Put, path paths.Path) *Site {
	var here, elsewhere, generic, mistyped *Site
	var wrong paths.Verdict
	better := func(than, r *Site) bool { // reads of several types may have the path
		return than == nil || !canPut(w, put, than) && canPut(w, put, r)
	}
	for _, r := range c.reads {
		key := c.pathOf(r)
		own := r.method.decl.Name == w.method.decl.Name
		if len(path) != len(key) || paths.ByChance(path, key) {
			continue
		}
		switch v := paths.Compare(path, key); {
		case v.Same == paths.OtherShape:
		case v.Same == paths.SameType && paths.SameLiterals(path, key):
			switch {
			case own && better(here, r):
				here = r
			case own:
			case hasTypeParams(r):
				generic = r
			case better(elsewhere, r):
				elsewhere = r
			}
		case v.Wrong != nil && (own || mistyped == nil):
			mistyped, wrong = r, v
		}
	}
	switch {
	case here != nil && (elsewhere == nil || canPut(w, put, here) || !canPut(w, put, elsewhere)):
		return here
	case elsewhere != nil:
		return elsewhere
	case generic != nil:
		c.report(at, rulePutElsewhere, put.Text, generic.method.decl.Name+"."+generic.method.name(), short(generic.method.at.Pos), put.Text)
	case mistyped != nil:
		c.report(at, rulePutKeyType, put.Text, w.method.expression(wrong.Wrong), article(c.typeName(wrong.Wrong.Type)), mistyped.method.name(),
			short(mistyped.method.at.Pos), article(c.typeName(wrong.Right.Type)))
	case c.mayMeetRefused(path):
	default:
		c.report(at, rulePutNoRead, put.Text, c.readsFor(w, path))
	}
	return nil
}

// canPut reports whether a write has a value that a read keeps.
func canPut(w *Site, put *model.Put, r *Site) bool {
	_, wrong := putValue(w, put, r.Model.Read.Value)
	return wrong == "" && r.Model.Read.Fields == nil
}

// readsFor lists what a method could put to: its type's reads, or else those of the package; of
// these the reads of the prefix that it names, if there are.
func (c *checker) readsFor(w *Site, path paths.Path) string {
	var ours, others, near []string
	for _, r := range c.reads {
		shape := c.shape(r.Model.Read) + " of "
		own := r.method.decl.Name == w.method.decl.Name
		if own {
			shape += r.method.name()
			ours = append(ours, shape)
		} else {
			shape += r.method.decl.Name + "." + r.method.name()
			others = append(others, shape)
		}
		if path.Meets(paths.Under(r.Model.Read.Prefix)) {
			near = append(near, shape)
		}
	}
	switch {
	case len(near) > 0:
		return "; with that prefix there are " + rule.FirstFew(near)
	case len(ours) > 0:
		return "; those of " + w.method.decl.Name + " are " + rule.FirstFew(ours)
	case len(others) > 0:
		return "; there are " + rule.FirstFew(others)
	}
	return ", which has none"
}

// hasTypeParams reports whether a method is one of a generic type.
func hasTypeParams(s *Site) bool {
	return s.method.decl.Object.Type().(*types.Named).TypeParams().Len() > 0
}

// samePutTenant reports whether a put and a read take their tenants in the same way.
func samePutTenant(put, read model.Tenant) bool {
	switch put.(type) {
	case model.FromContext:
		_, ok := read.(model.FromContext)
		return ok
	case model.FromValue:
		_, ok := read.(model.FromValue)
		return ok
	case model.Global:
		_, ok := read.(model.Global)
		return ok
	}
	return false
}

// putValue returns what a write stores: the result of the type that the read keeps, or else the
// parameter of that type. If there are several, it is the one that the pattern has a field of. Of a
// pattern that goes through a list it is the element. A value that is a whole segment identifies
// the entry; it is not what the entry holds.
func putValue(w *Site, put *model.Put, kept types.Type) (value model.Root, wrong string) {
	wrong = "has none"
	if len(put.Loops) > 0 {
		list := put.Loops[0]
		value = list.Root
		value.Loop, value.Type = 1, elementOf(list.Type)
		if types.Identical(value.Type, kept) {
			wrong = ""
		}
		return value, wrong
	}
	for _, result := range []bool{true, false} {
		list, identifies := putValues(w, put, kept, result)
		if identifies {
			wrong = "has none but what is in the key"
		}
		named := func(root model.Root) bool { return putHas(put, root, false) }
		if i := slices.IndexFunc(list, named); i >= 0 {
			return list[i], ""
		}
		switch len(list) {
		case 0:
		case 1:
			return list[0], ""
		default:
			return value, "has more than one"
		}
	}
	return value, wrong
}

// putValues lists the results, or else the parameters, that a put could store. Identifies says that
// there is one of the type which identifies the entry.
func putValues(w *Site, put *model.Put, kept types.Type, result bool) (list []model.Root, identifies bool) {
	tuple := w.method.sig.Params()
	if result {
		tuple = w.method.sig.Results()
	}
	for i := range tuple.Len() {
		root := model.Root{Result: result, Index: i, Type: tuple.At(i).Type()}
		switch {
		case !types.Identical(root.Type, kept):
		case putHas(put, root, true):
			identifies = true
		default:
			list = append(list, root)
		}
	}
	return list, identifies
}

// putHas reports whether the pattern of a put has a value, or a part of it unless whole is set.
func putHas(put *model.Put, root model.Root, whole bool) bool {
	return slices.ContainsFunc(put.Segments, func(s model.Segment) bool {
		return s.Value != nil && s.Value.Root.Result == root.Result && s.Value.Root.Index == root.Index && (!whole || len(s.Value.Steps) == 0)
	})
}
