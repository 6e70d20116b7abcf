package check

import (
	"go/types"
	"slices"
	"strings"
	"unicode"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// handleWords end the names of types, and are the names of parameters, by which a method gets at
// its data or reports what it does.
var handleWords = strings.Fields(`db dbtx tx txn conn connection pool querier queryer execer executor
	session client logger log tracer span metrics writer context ctx handle transaction clock rand`)

// handlePackages have types that are handles and no data.
var handlePackages = strings.Fields("database/sql database/sql/driver log log/slog sync testing math/rand math/rand/v2")

// isHandle reports whether a parameter looks like what a method works with, and not like what it is
// asked for: a connection, a transaction, a logger, a context, a func, a channel. A filter may
// change the answer, so nobody is told to leave it out of the key.
func isHandle(v *types.Var) bool {
	t := v.Type()
	if s, ok := t.Underlying().(*types.Slice); ok { // opts ...func()
		t = s.Elem()
	}
	t, _ = shape.Deref(t)
	switch u := t.Underlying().(type) {
	case *types.Signature, *types.Chan:
		return true
	case *types.Interface:
		if hasMethod(u, "Deadline") && hasMethod(u, "Done") {
			return true // a context of another type
		}
	case *types.Struct:
	default:
		return false
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		pkg := n.Obj().Pkg()
		return pkg != nil && slices.Contains(handlePackages, pkg.Path()) || endsInHandle(n.Obj().Name())
	}
	return endsInHandle(v.Name())
}

func hasMethod(i *types.Interface, name string) bool {
	for m := range i.Methods() {
		if m.Name() == name {
			return true
		}
	}
	return false
}

// endsInHandle reports whether the last word of a name is one of handleWords: DB, DBTX, pgxPool.
func endsInHandle(name string) bool {
	lower := strings.ToLower(name)
	return slices.ContainsFunc(handleWords, func(word string) bool {
		rest, ok := strings.CutSuffix(lower, word)
		return ok && (rest == "" || unicode.IsUpper(rune(name[len(rest)])))
	})
}

// leaveOut is the advice to ignore a parameter, for what looks like a handle; "" for other ones.
func leaveOut(v *types.Var, before, ignore string) string {
	if !isHandle(v) {
		return ""
	}
	return before + "ignore=" + ignore + " (only if it does not change the answer)"
}

// Ignored returns the parameters of a read that are ignored and look like no handle, and where the
// first of them is ignored.
func (s *Site) Ignored() (list []string, at Span) {
	for v := range s.method.sig.Params().Variables() {
		for _, ig := range s.method.ignored {
			if ig.name == v.Name() && !isHandle(v) && !slices.Contains(list, v.Name()) {
				if len(list) == 0 {
					at = ig.at
				}
				list = append(list, v.Name())
			}
		}
	}
	return list, at
}
