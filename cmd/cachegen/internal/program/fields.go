package program

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleFewValues = rule.New("too-few-values",
	"%s invalidates keys that nothing reads: {%s} is one value, and the keys of %s (%s) have the %d "+
		"fields of %s there; write %s")

// reportFewValues reports a pattern with one value where the keys have all fields of a struct:
// order:{arg.ID}, and Get(arg GetParams).
func (t *target) reportFewValues(r *reading, v paths.Verdict) bool {
	fields := fieldsOf(v.Right.Type)
	if len(fields) < 2 || fieldsOf(v.Wrong.Type) != nil {
		return false
	}
	part := t.by.part
	write := everything(r.Site)
	if all := t.withWhole(v); all != "" {
		write = all
	}
	part.Fix(t.span(), unquoted(write), ruleFewValues, t.inv.Text, t.by.Expression(v.Wrong), r.name(part), r.where(part),
		len(fields), part.TypeName(v.Right.Type), write)
	return true
}

// fieldsOf are the fields of a struct that keys have one by one, or of what points to it.
func fieldsOf(t types.Type) (list []*types.Var) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for f := range s.Fields() {
		if f.Exported() {
			list = append(list, f)
		}
	}
	return list
}

// withWhole is the pattern with the whole parameter in place of one field of it, if that is of the
// type in the key: order:{arg}. It is empty if there is none.
func (t *target) withWhole(v paths.Verdict) string {
	whole := model.Value{Root: v.Wrong.Root, Type: v.Wrong.Root.Type}
	if len(v.Wrong.Steps) == 0 || !types.Identical(whole.Type, v.Right.Type) {
		return ""
	}
	one, all := "{"+t.by.Expression(v.Wrong)+"}", "{"+t.by.Expression(&whole)+"}"
	if strings.Count(t.inv.Text, "{") != 1 {
		return ""
	}
	return strings.Replace(t.inv.Text, one, all, 1)
}
