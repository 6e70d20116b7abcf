package program

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// adviseTag is the tag that a warning about a write and a read proposes, made from a pattern that
// identifies what the write changes, or else from the pattern that the warning is about. It is
// empty if there is none.
func (w *writing) adviseTag(t *target, r *reading) string {
	if tag := w.tagFor(r); tag != "" {
		return tag
	}
	return t.tagFor(r)
}

// tagFor is the tag by which one of the patterns of a write that names what it is about would reach
// a read.
func (w *writing) tagFor(r *reading) string {
	for _, t := range w.targets {
		if t.identifies() {
			if tag := t.tagFor(r); tag != "" {
				return tag
			}
		}
	}
	return ""
}

// identifies reports whether a pattern has a whole argument, or a field that identifies one.
func (t *target) identifies() bool {
	for _, s := range t.inv.Segments {
		if v := s.Value; v != nil && (len(v.Steps) == 0 || isIdentity(lastStep(v))) {
			return true
		}
	}
	return false
}

// tagFor is the tag by which a pattern would reach a read of the same entity: contact:{result.ID}
// for contact:{c.ID}, and for contact:{id}, if the entity has a field ID.
func (t *target) tagFor(r *reading) string {
	if r.untagged() || t.inv.All || !paths.SameTenants(t.inv.Tenant, r.Model.Read.Tenant) {
		return ""
	}
	at, ok := entityAt(r)
	if !ok {
		return ""
	}
	parts := paths.Split(t.inv.Prefix)
	for _, s := range t.inv.Segments {
		if s.Value == nil {
			parts = append(parts, s.Before)
			continue
		}
		field := t.fieldOf("result"+at, r.entity, s.Value)
		if field == "" {
			return ""
		}
		parts = append(parts, s.Before+"{"+field+"}"+s.After)
	}
	return "tags=" + strings.Join(parts, ":")
}

// untagged reports whether no tag is proposed for a read because a method puts its entries. That
// method may also make the tag stale.
func (r *reading) untagged() bool { return r.stored || r.like.stored }

// fieldOf is what a value of a pattern is of an entity, which is called root: result.ID for {c.ID},
// where c is one, and for {id}, if the entity has such a field.
func (t *target) fieldOf(root string, entity *types.TypeName, v *model.Value) (of string) {
	switch {
	case len(v.Steps) > 0 && entityOf(v.Root.Type) == entity:
		return check.Expression(root, v.Steps)
	case len(v.Steps) == 0 && !v.Root.Result:
		param := t.by.Signature().Params().At(v.Root.Index).Name()
		for f := range entity.Type().Underlying().(*types.Struct).Fields() {
			if f.Exported() && strings.EqualFold(f.Name(), param) {
				of = root + "." + f.Name()
			}
		}
	}
	return of
}

// or puts a proposal before another one.
func or(advice string) string {
	if advice == "" {
		return ""
	}
	return advice + " or "
}

// orThere puts a proposal for another method after one for this.
func orThere(advice string) string {
	if advice == "" {
		return ""
	}
	return ", or " + advice + " there"
}
