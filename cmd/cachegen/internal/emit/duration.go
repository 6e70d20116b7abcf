package emit

import (
	"go/types"
	"strconv"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// durationExpr is a duration as one would write it: 10 * time.Minute, time.Hour.
func (p *printer) durationExpr(d time.Duration) *jen.Statement {
	for _, u := range units {
		switch {
		case d == u.d:
			return p.std("time", u.name)
		case d != 0 && d%u.d == 0:
			return jen.Lit(int(d / u.d)).Op("*").Add(p.std("time", u.name))
		}
	}
	return jen.Lit(0)
}

// lengthExpr is a duration that an option gives: 10 * time.Minute, ContactTTL,
// RetentionSeconds * time.Second.
func (p *printer) lengthExpr(d model.Duration) *jen.Statement {
	if d.Const == nil {
		return p.durationExpr(d.D)
	}
	name := p.qual(d.Const.Pkg(), d.Const.Name())
	b, isBasic := types.Unalias(d.Const.Type()).(*types.Basic)
	switch {
	case !isBasic:
		return name
	case b.Info()&types.IsUntyped == 0:
		name = p.std("time", "Duration").Call(name)
	}
	return name.Op("*").Add(p.std("time", "Second"))
}

// lengthText is a duration as a directive has it: 10m, ContactTTL, crm.ContactTTL.
func (p *printer) lengthText(d model.Duration) string {
	if d.Const == nil {
		return duration(d.D)
	}
	return p.qualText(d.Const.Pkg(), d.Const.Name())
}

// duration is a duration in words as short as in a directive: 10m, 1h30m.
func duration(d time.Duration) string {
	var s string
	for _, u := range units {
		if n := d / u.d; n > 0 {
			s += strconv.FormatInt(int64(n), 10) + u.short
			d -= n * u.d
		}
	}
	return s
}

var units = []struct {
	d           time.Duration
	name, short string
}{
	{time.Hour, "Hour", "h"},
	{time.Minute, "Minute", "m"},
	{time.Second, "Second", "s"},
	{time.Millisecond, "Millisecond", "ms"},
	{time.Microsecond, "Microsecond", "µs"},
	{time.Nanosecond, "Nanosecond", "ns"},
}
