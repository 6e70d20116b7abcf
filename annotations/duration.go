package annotations

import (
	"fmt"
	"go/token"
	"strconv"
	"strings"
	"time"
)

// Longest is the longest duration: a hundred years. The runtime keeps nothing for longer, so that
// what it adds to one does not overflow.
const Longest = 100 * 365 * 24 * time.Hour

// units maps what people write to the units that Go knows. Days and weeks have none.
var units = map[string]string{
	"ns": "ns", "us": "us", "µs": "us", "μs": "us", "ms": "ms", "s": "s", "m": "m", "h": "h",
	"sec": "s", "secs": "s", "second": "s", "seconds": "s",
	"min": "m", "mins": "m", "minute": "m", "minutes": "m",
	"hr": "h", "hrs": "h", "hour": "h", "hours": "h",
	"msec": "ms", "msecs": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
}

// hours maps the units that are too long for Go to hours.
var hours = map[string]int64{
	"d": 24, "day": 24, "days": 24,
	"w": 7 * 24, "week": 7 * 24, "weeks": 7 * 24,
}

// goUnits are the units as Go spells them.
var goUnits = []string{"ns", "us", "µs", "μs", "ms", "s", "m", "h"}

// readDuration reads ttl=600, ttl=1h30m and ttl=ContactTTL.
func readDuration(r *reader) Value {
	text := r.text
	switch {
	case text == "off":
		return r.fail("", "%q cannot be off; it takes a duration, as in %s", r.spec.Name, r.spec.Examples[0])
	case digits(text):
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(Longest/time.Second) {
			return r.tooLong()
		}
		return r.positive(time.Duration(seconds) * time.Second)
	case text[0] == '-' && len(text) > 1 && (digits(text[1:2]) || text[1] == '.'):
		return r.positive(-1)
	case strings.ContainsAny(text[1:], "*/+"):
		return r.fail("", "%s is a calculation; write a duration (10m), or the name of a constant (ContactTTL)", quote(text))
	case text == "false" && r.spec.Off:
		return r.fail("off", "%s is not a duration; to switch it off, write %s=off", quote(text), r.spec.Name)
	case digits(text[:1]) || text[0] == '.' && len(text) > 1:
		if !r.checkUnits() {
			return Invalid{}
		}
		d, err := time.ParseDuration(text)
		if err != nil || d > Longest { // the form is right, so it is the size
			return r.tooLong()
		}
		return r.positive(d)
	case qualified(text):
		return Const{text}
	}
	return r.fail("", "%s is neither seconds (600) nor a duration (10m) nor a constant (ContactTTL)", quote(text))
}

func (r *reader) tooLong() Value {
	return r.fail("", "%s is too long; the longest duration is %dh, a hundred years", quote(r.text), Longest/time.Hour)
}

func (r *reader) positive(d time.Duration) Value {
	if d > 0 {
		return Duration{d}
	}
	if r.spec.Off {
		return r.fail("off", "%q must be positive, not %s; to switch it off, write %s=off", r.spec.Name, quote(r.text), r.spec.Name)
	}
	return r.fail("", "%q must be positive, not %s", r.spec.Name, quote(r.text))
}

// checkUnits reports the first number without its unit and the first unit that Go does not have.
func (r *reader) checkUnits() bool {
	for i := 0; i < len(r.text); {
		number := i + len(r.text[i:]) - len(strings.TrimLeft(r.text[i:], "0123456789."))
		end := number
		for end < len(r.text) && !strings.ContainsRune("0123456789.", rune(r.text[end])) {
			end++
		}
		amount, unit := r.text[i:number], r.text[number:end]
		switch whole, fraction, _ := strings.Cut(amount, "."); {
		case strings.Contains(fraction, ".") || whole+fraction == "":
			r.errs.addf(r.span(i, number), "%q in %s is not a number", amount, quote(r.text))
			return false
		case unit == "" && i == 0:
			r.errs.fixf(r.all(), r.text+"s", "%q has no unit; write %ss", r.text, r.text)
			return false
		case unit == "":
			r.errs.addf(r.span(i, number), "%q in %s has no unit; units are ns, us, ms, s, m, h", amount, quote(r.text))
			return false
		}
		if !r.checkUnit(i, number, end) {
			return false
		}
		i = end
	}
	return true
}

// checkUnit reports the unit at text[number:end], which follows the amount at text[start:number],
// if Go does not have it.
func (r *reader) checkUnit(start, number, end int) bool {
	amount, unit := r.text[start:number], r.text[number:end]
	for _, u := range goUnits {
		if unit == u {
			return true
		}
	}
	word := strings.ToLower(strings.TrimSpace(unit))
	if meant, ok := units[word]; ok {
		r.errs.fixf(r.span(number, end), meant, "unknown unit %s in %s; did you mean %q?", quote(unit), quote(r.text), meant)
		return false
	}
	if n, err := strconv.ParseInt(amount, 10, 32); err == nil && hours[word] > 0 && n*hours[word] <= int64(Longest/time.Hour) {
		fix := fmt.Sprintf("%dh", n*hours[word])
		r.errs.fixf(r.span(start, end), fix, "unknown unit %s in %s; did you mean %q?", quote(unit), quote(r.text), fix)
		return false
	}
	r.errs.addf(r.span(number, end), "unknown unit %s in %s; units are ns, us, ms, s, m, h", quote(unit), quote(r.text))
	return false
}

// identifier reports whether s can name a parameter, a field or a constant.
func identifier(s string) bool { return token.IsIdentifier(s) && s != "_" }

// qualified reports whether s is an identifier, with or without the name of a package before it.
func qualified(s string) bool {
	name, member, two := strings.Cut(s, ".")
	return identifier(name) && (!two || identifier(member))
}
