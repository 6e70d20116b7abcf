package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleFenceResult = rule.New("fence-result",
		"%s cannot be fenced, because {result} is not known before %s runs; add a pattern that "+
			"covers it, for example invalidate=%s")
	ruleFenceTenant = rule.New("fence-tenant",
		"{%s} is not known before %s runs, when the fence is set; take the tenant from the "+
			"context or from a parameter")
)

// fence decides when the paths of a fenced write are known. A path that is known too late must lie
// within one that is known in time; otherwise the fence would not cover it.
func (c *checker) fence(m *method, w *model.Write) {
	patterns := m.invalidations
	late := make(map[Span]bool) // tenants that have been reported
	for i, p := range patterns {
		inv := &w.Invalidations[i]
		inv.Phase = phaseOf(inv)
		if t, ok := inv.Tenant.(model.FromValue); ok && t.Value.Root.Result {
			o, _ := m.options.tenant(*p.of)
			if !late[o.at()] {
				c.report(o.valueAt(), ruleFenceTenant, o.Value.String()[1:len(o.Value.String())-1], m.name())
			}
			late[o.at()] = true
		}
	}
	for i, p := range patterns {
		inv := w.Invalidations[i]
		within := func(outer model.Invalidation) bool { return outer.Phase != model.After && covers(outer, inv) }
		if inv.Phase == model.After && len(late) == 0 && !slices.ContainsFunc(w.Invalidations, within) {
			c.report(m.options.own.at(p.Span), ruleFenceResult, inv.Text, m.name(), aboveResult(p.Pattern))
		}
	}
}

// phaseOf returns when the values that an invalidation needs are known, and whether the call may
// change them.
func phaseOf(inv *model.Invalidation) model.Phase {
	var values []*model.Value
	for _, s := range inv.Segments {
		if s.Value != nil {
			values = append(values, s.Value)
		}
	}
	if t, ok := inv.Tenant.(model.FromValue); ok {
		values = append(values, &t.Value)
	}
	phase := model.Before
	for _, v := range values {
		switch {
		case v.Root.Result:
			return model.After
		case changeable(v):
			phase = model.Around
		}
	}
	return phase
}

// changeable reports whether a method can change what the placeholder stands for. It cannot change
// what it gets by value.
func changeable(v *model.Value) bool {
	if v.Root.Loop > 0 { // it can change the list
		return true
	}
	if len(v.Steps) == 0 {
		return clone.Aliases(v.Type)
	}
	t := v.Root.Type
	for _, s := range v.Steps {
		_, isStruct := t.Underlying().(*types.Struct)
		if s.Call && clone.Aliases(t) || !s.Call && !isStruct {
			return true
		}
		t = s.Type
	}
	return clone.Aliases(t)
}

// covers reports whether everything that an invalidation reaches is reached by another one, as far
// as their texts tell.
func covers(outer, inner model.Invalidation) bool {
	if !outer.All || !sameTenant(outer.Tenant, inner.Tenant) {
		return false
	}
	scope := strings.TrimSuffix(outer.Text, "*")
	return strings.HasPrefix(inner.Text+":", scope)
}

func sameTenant(outer, inner model.Tenant) bool {
	switch outer := outer.(type) {
	case model.All:
		return true
	case model.FromValue:
		inner, ok := inner.(model.FromValue)
		return ok && outer.Value.Root == inner.Value.Root && slices.Equal(outer.Value.Steps, inner.Value.Steps)
	}
	return outer == inner
}

// aboveResult is the scope that a pattern is in as far as it is known before the call: contact:*
// for contact:{result.ID}.
func aboveResult(p *annotations.Pattern) string {
	var known []string
	for _, s := range p.Segments {
		if _, placeholder, _ := s.Split(); placeholder != nil && placeholder.Selectors[0].Name == "result" {
			break
		}
		known = append(known, s.String())
	}
	return strings.Join(append(known, "*"), ":")
}
