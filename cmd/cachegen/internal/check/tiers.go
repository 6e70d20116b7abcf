package check

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleTierLater = rule.New("tier-not-yet", "the tier %q is not supported yet; use local, or local,redis")
	ruleTiersWith = rule.New("tiers-with", "%s and tiers=local contradict each other: %s; remove one of them")
	ruleTiersCopy = rule.New("tiers-copy",
		"%s keeps %s as it is, and each caller needs a copy, but %s; add share if no caller changes "+
			"it%s")
)

// tiers reads where the entries of a read live, and reports what makes no sense in the process
// alone.
func (c *checker) tiers(m *method, r *model.Read) {
	o, ok := m.options.find(annotations.Tiers)
	if !ok {
		return
	}
	t, _ := o.Value.(annotations.TierList)
	for _, tier := range t.List {
		if tier == annotations.SQLTier || tier == annotations.FileTier {
			c.report(o.valueAt(), ruleTierLater, string(tier))
			return
		}
	}
	if slices.Contains(t.List, annotations.RedisTier) {
		return
	}
	r.InProcess = true
	for _, x := range contradictions {
		if with, set := m.options.find(x.name); set && x.set(&m.options) {
			c.report(with.at(), ruleTiersWith, x.text, x.why)
		}
	}
}

// contradictions are the options that tiers=local rules out.
var contradictions = []struct {
	name annotations.Name
	set  func(*options) bool
	text string
	why  string
}{
	{annotations.Strong, func(o *options) bool { return o.flag(annotations.Strong) }, "strong", "a strong read does not answer from the process"},
	{annotations.Local, func(o *options) bool { return o.off(annotations.Local) }, "local=off", "nothing would be kept"},
	{annotations.Lock, func(o *options) bool { return o.off(annotations.Lock) }, "lock=off", "no other process is waited for"},
	{annotations.Batch, func(o *options) bool { return o.has(annotations.Batch) }, "batch", "the items of a batch are kept encoded"},
}

// inProcess reports a result that is kept as it is and that nothing copies for its callers.
func (c *checker) inProcess(m *method, r *model.Read) {
	if !r.InProcess || r.Clone.How != model.Encoded || r.Batch != nil {
		return
	}
	o, _ := m.options.find(annotations.Tiers)
	advice := ""
	if owner, _ := StructIn(r.Value); owner != nil && r.Fields == nil {
		advice = ", or give " + c.typeName(owner) + " a method Clone() " + c.typeName(owner)
	}
	c.report(o.at(), ruleTiersCopy, m.name(), c.typeName(r.Value), r.Clone.Why, advice)
}

// orInProcess proposes tiers=local where a result has no encoding and that would do. What is not
// made of structs, such as a channel, is used up by whoever gets it; so is a lock.
func (c *checker) orInProcess(m *method, t types.Type) string {
	o := &m.options
	owner, _ := StructIn(t)
	if owner == nil || c.view.Node(owner).Message() || o.has(annotations.Tiers) {
		return ""
	}
	for _, x := range contradictions {
		if x.set(o) {
			return ""
		}
	}
	if path, lock := c.view.Node(owner).Lock(); lock != nil && path == "" {
		return ""
	}
	for _, v := range m.values {
		if _, lock := c.view.Node(v.Type()).Lock(); lock != nil {
			return ""
		}
	}
	return ", or keep it in the process alone with tiers=local share"
}
