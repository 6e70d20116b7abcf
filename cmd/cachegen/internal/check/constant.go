package check

import (
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleUnknownConst = rule.New("unknown-constant", "%s=%s names no constant: %s")
	ruleConstType    = rule.New("constant-type",
		"the constant %s is %s; %s takes a time.Duration, or an integer for seconds")
	ruleConstVersion = rule.New("constant-version",
		"the constant %s is %s; version= takes an integer or a string")
	ruleConstPositive = rule.New("constant-positive",
		"the constant %s is %s; %s takes a positive duration")
	ruleManySeconds = rule.NewWarning("many-seconds",
		"%s=%s is a number of seconds, %s; write %[2]sms if milliseconds are meant, or else "+
			"%[2]ss")
)

// duration returns the value of an option that takes one; none if it is absent, switched off, or
// wrong, which is then reported.
func (c *checker) duration(m *method, name annotations.Name) model.Duration {
	o, _ := m.options.find(name)
	switch v := o.Value.(type) {
	case annotations.Duration:
		c.seconds(o, v)
		return model.Duration{D: v.D}
	case annotations.Const:
		return c.constant(o, v.Name)
	}
	return model.Duration{}
}

// seconds warns about a number without a unit that is as long and as round as one of milliseconds,
// unless it is a number of days.
func (c *checker) seconds(o option, v annotations.Duration) {
	const day = 24 * time.Hour
	if v.D < 60_000*time.Second || v.D%(1000*time.Second) != 0 || v.D%day == 0 {
		return
	}
	if text := o.in.text(o.ValueSpan); strings.Trim(text, "0123456789") == "" {
		c.report(o.valueAt(), ruleManySeconds, o.Name, text, v)
	}
}

// constant returns the value of a constant. One that is longer than the longest duration means
// forever: it is the longest, as in the runtime.
func (c *checker) constant(o option, name string) (none model.Duration) {
	obj, why := c.resolve(name, hasDuration)
	if obj == nil {
		c.report(o.valueAt(), ruleUnknownConst, o.Name, name, why)
		return none
	}
	unit, ok := durationUnit(obj.Type())
	if !ok || obj.Val().Kind() != constant.Int {
		c.report(o.valueAt(), ruleConstType, name, article(c.typeName(obj.Type())), o.Name)
		return none
	}
	n, exact := constant.Int64Val(obj.Val())
	switch {
	case constant.Sign(obj.Val()) <= 0:
		c.report(o.valueAt(), ruleConstPositive, name, constantText(obj), o.Name)
		return none
	case !exact || n > math.MaxInt64/int64(unit):
		// More seconds than a time.Duration holds, so the code cannot name the constant.
		return model.Duration{D: annotations.Longest}
	}
	if obj.Pkg() != c.pkg.Types && !obj.Exported() {
		obj = nil // of a package whose interface is embedded: only the value can be used
	}
	return model.Duration{D: min(time.Duration(n)*unit, annotations.Longest), Const: obj}
}

// versionText returns what version= says, which is a part of what is hashed; "0" if it is absent or
// wrong. A constant is its value, and one that is a number is as the number itself.
func (c *checker) versionText(m *method) string {
	o, _ := m.options.find(annotations.Version)
	switch v := o.Value.(type) {
	case annotations.Int:
		return strconv.Itoa(v.N)
	case annotations.Const:
		obj, why := c.resolve(v.Name, hasVersion)
		switch {
		case obj == nil:
			c.report(o.valueAt(), ruleUnknownConst, o.Name, v.Name, why)
		case !hasVersion(obj):
			c.report(o.valueAt(), ruleConstVersion, v.Name, article(c.typeName(obj.Type())))
		default:
			return obj.Val().ExactString()
		}
	}
	return "0"
}

func hasVersion(obj *types.Const) bool {
	return obj.Val().Kind() == constant.Int || obj.Val().Kind() == constant.String
}

func hasDuration(obj *types.Const) bool {
	_, ok := durationUnit(obj.Type())
	return ok
}

// resolve finds a constant of the package, or of one that the file imports. If there is none it
// proposes one that fits.
func (c *checker) resolve(name string, fits func(*types.Const) bool) (found *types.Const, why string) {
	scope := c.declaredIn.Scope()
	pkg, local, qualified := strings.Cut(name, ".")
	if qualified {
		imported := c.imports[pkg]
		if imported == nil {
			return nil, "this file imports no package " + pkg
		}
		scope = imported.Scope()
	} else {
		local = name
	}
	switch obj := scope.Lookup(local).(type) {
	case nil:
		if !qualified && c.declaredIn != c.pkg.Types && !token.IsExported(local) {
			return nil, "package " + c.declaredIn.Path() + " does not export it"
		}
		if near := nearest(scope, local, fits); near != "" {
			return nil, name + " is not declared; did you mean " + strings.TrimSuffix(name, local) + near + "?"
		}
		return nil, name + " is not declared"
	case *types.Const:
		if qualified && !obj.Exported() {
			return nil, name + " is not exported"
		}
		return obj, ""
	case *types.Var:
		return nil, name + " is a variable"
	case *types.Func:
		return nil, name + " is a function"
	default:
		return nil, name + " is a type"
	}
}

// nearest returns the constant that fits and whose name is most like one that is not declared. It
// is "" if none is.
func nearest(scope *types.Scope, wrong string, fits func(*types.Const) bool) string {
	var constants []string
	for _, name := range scope.Names() {
		if obj, ok := scope.Lookup(name).(*types.Const); ok && fits(obj) {
			constants = append(constants, name)
		}
	}
	found := annotations.Nearest(wrong, constants, min(3, len(wrong)/2)-1)
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// durationUnit is what one stands for in a constant of type t.
func durationUnit(t types.Type) (time.Duration, bool) {
	if shape.IsNamed(t, "time", "Duration") {
		return time.Nanosecond, true
	}
	if b, ok := types.Unalias(t).(*types.Basic); ok && b.Info()&types.IsInteger != 0 {
		return time.Second, true
	}
	return 0, false
}

func constantText(obj *types.Const) string {
	if n, exact := constant.Int64Val(obj.Val()); exact && shape.IsNamed(obj.Type(), "time", "Duration") {
		return time.Duration(n).String()
	}
	return obj.Val().ExactString()
}
