package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// helper is a function for the values of one type, which methods and other helpers call. What
// writes results comes with what reads them back.
type helper struct {
	name, back string
	owner      *helperSet
	view       *shape.View // that of the result it is for; nil: all views agree
	print      func(h *home, f *helper)
}

// kind is what a helper does. There is one helper of a kind for a type.
type kind int

// The kinds, in the order in which a file has them.
const (
	resultOf     kind = iota // says how results are copied, written and read back, in result.go
	sharedResult             // the same for reads whose callers share them
	cloneResult              // copies a value, in clone.go
	codeWhole                // writes a result and makes it again, in codec.go
	codePart                 // writes what a pointer points to, and sets it
	appendKey                // appends a value to a key, in key_helper.go
	kinds
)

// queue is the kind with which helpers of a kind are printed: what writes a whole needs what writes
// parts, which are made of wholes.
func (k kind) queue() kind {
	switch k {
	case sharedResult:
		return resultOf
	case codePart:
		return codeWhole
	}
	return k
}

// helperSet are the helpers of a package, which are functions, or of a wrapper, which are methods.
type helperSet struct {
	names interface{ free(...string) string }  // which those of the helpers are chosen from
	known [kinds]map[*shape.View]*typeutil.Map // *helper by type
	queue [kinds][]*helper                     // what the file has yet to print, by kind.queue
}

// home is where code that calls helpers stands: a wrapper, or a helper of the package.
type home struct {
	*printer
	of           *model.Wrapper // nil: the package
	receiver     string
	own          *helperSet // of the wrapper
	receiverUsed bool
	view         *shape.View // of the result whose code is being printed, if it chooses JSON
}

// find returns a helper that is known, or nil.
func (s *helperSet) find(k kind, v *shape.View, t types.Type) *helper {
	if m := s.known[k][v]; m != nil {
		f, _ := m.At(t).(*helper)
		return f
	}
	return nil
}

func (s *helperSet) add(k kind, v *shape.View, t types.Type, f *helper) {
	if s.known[k] == nil {
		s.known[k] = make(map[*shape.View]*typeutil.Map)
	}
	if s.known[k][v] == nil {
		s.known[k][v] = new(typeutil.Map)
	}
	s.known[k][v].Set(t, f)
}

// helper returns the helper of a kind for a type. The first to ask for it has it printed.
//
// Helpers are functions of the package, in the first file that needs them. They are methods of a
// wrapper where its type parameters have to be in scope, and where the file is not always built: a
// test, or a file under a constraint, which other files must not depend on.
func (h *home) helper(k kind, t types.Type, print func(h *home, f *helper)) *helper {
	view := h.view
	if k == cloneResult || k == appendKey {
		view = nil
	}
	if f := h.shared.find(k, view, t); f != nil {
		return f
	}
	owner := h.shared
	if h.of != nil && (shape.Parametric(t) || !h.alwaysBuilt()) {
		owner = h.own
	}
	if f := owner.find(k, view, t); f != nil {
		return f
	}
	f := &helper{owner: owner, view: view, print: print}
	f.name, f.back = owner.name(k, typeName(t))
	owner.add(k, view, t, f)
	owner.queue[k.queue()] = append(owner.queue[k.queue()], f)
	return f
}

// alwaysBuilt reports whether the file is built whenever a file of its package is.
func (p *printer) alwaysBuilt() bool {
	return p.model.Constraint == "" && !model.IsTest(p.model.Path)
}

// name chooses names that read well beside those of wrappers, and that nobody else is likely to use
// in the package: in its tests, say, which are not looked at.
func (s *helperSet) name(k kind, typ string) (name, back string) {
	switch k {
	case resultOf:
		return s.names.free("cached" + typ), ""
	case sharedResult:
		return s.names.free("cachedShared" + typ), ""
	case cloneResult:
		return s.names.free("cloneCached" + typ), ""
	case codeWhole:
		return s.names.free("encodeCached" + typ), s.names.free("decodeCached" + typ)
	case codePart:
		return s.names.free("writeCached" + typ), s.names.free("readCached" + typ)
	}
	return s.names.free("cacheKey" + typ), ""
}

// call is the helper as code of the home calls it: cloneCachedContact, or r.cloneCachedContact.
func (h *home) call(f *helper, name string) *jen.Statement {
	if f.owner == h.shared {
		return jen.Id(name)
	}
	h.receiverUsed = true
	return jen.Id(h.receiver).Dot(name)
}

// begin begins the declaration of a helper: func cloneCachedContact. Of a method, the receiver has
// no name if the body that has been printed does not use it.
func (h *home) begin(name string) *jen.Statement {
	if h.of == nil {
		return jen.Func().Id(name)
	}
	receiver := pointerTo(wrapperType(h.of))
	if h.receiverUsed {
		receiver = jen.Id(h.receiver).Add(receiver)
	}
	h.receiverUsed = false
	return jen.Func().Params(receiver).Id(name)
}

// mayStop says to readers that what they have yet to see is of little interest.
const mayStop = "How results are copied, written and read back."

// printHelpers prints what the wrappers of the file need and no earlier file has.
func (p *printer) printHelpers(wrappers []*home) {
	homes := append(wrappers, &home{printer: p, own: p.shared})
	marked := false
	for k := range kinds {
		for _, h := range homes {
			for i := 0; i < len(h.own.queue[k]); i++ { // printing one may need another
				if !marked && k != appendKey {
					p.comment(mayStop)
					marked = true
				}
				if k == resultOf && i == 0 {
					p.comment("") // its declarations stand together
				}
				h.view = h.own.queue[k][i].view
				h.own.queue[k][i].print(h, h.own.queue[k][i])
				h.view = nil
			}
			h.own.queue[k] = nil
		}
	}
}
