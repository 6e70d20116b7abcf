package annotations

import (
	"slices"
	"strconv"
	"strings"
)

// reader turns the text of one value into a Value. Its methods return Invalid after they have
// reported why.
type reader struct {
	source
	spec   *Spec
	errs   *errorList
	seen   *[]member
	tenant string // on the same line
}

// within is a reader of a part of the text.
func (r *reader) within(i, j int) reader {
	part := *r
	part.source = r.slice(i, j)
	return part
}

// fail reports the whole text as wrong.
func (r *reader) fail(fix, format string, args ...any) Invalid {
	r.errs.fixf(r.all(), fix, format, args...)
	return Invalid{}
}

// readNumber reads version=2.
func readNumber(r *reader) Value {
	if !digits(r.text) {
		return r.fail("", "%s of %q is not a whole number, as in %s", quote(r.text), r.spec.Name, r.spec.Examples[0])
	}
	n, err := strconv.ParseInt(r.text, 10, 32)
	switch {
	case err != nil:
		return r.fail("", "%s is too large; the largest number is 2147483647", quote(r.text))
	case n == 0:
		return r.fail("", "%q of %q must be at least 1", r.text, r.spec.Name)
	}
	return Int{int(n)}
}

// readVersion reads version=2 and version=ModelVersion.
func readVersion(r *reader) Value {
	switch {
	case r.text == "off":
		return r.fail("", "%q cannot be off; leave it out", r.spec.Name)
	case digits(r.text):
		return readNumber(r)
	case qualified(r.text):
		return Const{r.text}
	}
	return r.fail("", "%s is neither a whole number (2) nor a constant (ModelVersion)", quote(r.text))
}

// readTypes reads jsontypes=Price,api.Union.
func readTypes(r *reader) Value {
	var few [4]reader
	pieces, ok := r.split(few[:0], ',', "type")
	var types Types
	for i := range pieces {
		p := &pieces[i]
		switch name, _, args := strings.Cut(p.text, "["); {
		case args && qualified(name):
			p.fail("", "%s has type arguments; %q takes the name alone: %s", quote(p.text), p.spec.Name, name)
			ok = false
		case !qualified(p.text):
			p.fail("", "%s is not the name of a type, as in %s", quote(p.text), p.spec.Examples[0])
			ok = false
		case p.repeated():
			ok = false
		default:
			types.List = append(types.List, TypeName{p.text, p.all()})
		}
	}
	if !ok || len(types.List) == 0 {
		return Invalid{}
	}
	return types
}

// readPercent reads jitter=10%.
func readPercent(r *reader) Value {
	number, sign := strings.CutSuffix(r.text, "%")
	if !digits(number) {
		return r.fail("", "%s is not a whole percentage, as in %s", quote(r.text), r.spec.Examples[0])
	}
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 1 || n > 99:
		return r.fail("", "%s is out of range; %q is from 1%% to 99%%", quote(r.text), r.spec.Name)
	case !sign:
		return r.fail(r.text+"%", "%q has no percent sign; write %s%%", r.text, r.text)
	}
	return Percent{n}
}

// readPercentOrDuration reads refresh=80% and refresh=2m.
func readPercentOrDuration(r *reader) Value {
	if strings.HasSuffix(r.text, "%") {
		return readPercent(r)
	}
	return readDuration(r)
}

// tenants maps what people write to what was meant.
var tenants = map[string]string{
	"global": "global", "shared": "global", "none": "global",
	"all": "*", "any": "*", "every": "*", "**": "*",
	"context": "context", "ctx": "context", "default": "context", "off": "context",
}

// readTenant reads tenant=global.
func readTenant(r *reader) Value {
	switch r.text {
	case "context":
		return TenantContext{}
	case "global":
		return TenantGlobal{}
	case "*":
		return TenantAll{}
	}
	if strings.HasPrefix(r.text, "{") {
		p, ok := r.wholePlaceholder()
		if !ok {
			return Invalid{}
		}
		return TenantParam{p}
	}
	if meant, ok := tenants[strings.ToLower(r.text)]; ok {
		return r.fail(meant, "unknown tenant %s; did you mean %q?", quote(r.text), meant)
	}
	if Nearest(r.text, []string{"global"}, 2) != nil {
		return r.fail("global", "unknown tenant %s; did you mean \"global\"?", quote(r.text))
	}
	if identifier(r.text) {
		return r.fail("{"+r.text+"}", "unknown tenant %s; a parameter stands in braces: {%s}; else it is global, context or *", quote(r.text), r.text)
	}
	return r.fail("", "unknown tenant %s; it is global, context, * or a parameter such as {orgID}", quote(r.text))
}

// positions are what people write for "position".
var positions = []string{"index", "order", "ordered", "aligned", "pos"}

// readIdentity reads by={result.ID} and by=position.
func readIdentity(r *reader) Value {
	if r.text == "position" {
		return ByPosition{}
	}
	if strings.HasPrefix(r.text, "{") {
		p, ok := r.wholePlaceholder()
		if !ok {
			return Invalid{}
		}
		return ByIdentity{p}
	}
	if slices.Contains(positions, strings.ToLower(r.text)) || Nearest(r.text, []string{"position"}, 2) != nil {
		return r.fail("position", "unknown identity %s; did you mean \"position\"?", quote(r.text))
	}
	path := strings.TrimPrefix(r.text, "result.")
	for name := range strings.SplitSeq(path, ".") {
		if !identifier(strings.TrimSuffix(name, "()")) || r.text == "off" {
			return r.fail("", "unknown identity %s; it is position, or a part of the elements such as {result.ID}", quote(r.text))
		}
	}
	return r.fail("{result."+path+"}", "unknown identity %s; a part of the elements stands in braces: {result.%s}; else it is position", quote(r.text), path)
}

// digits reports whether s is a run of decimal digits.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
