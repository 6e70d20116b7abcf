package check

import (
	"go/types"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// Site is a method and what its directives mean.
type Site struct {
	method *method
	Model  *model.Method
	path   paths.Path   // of a read; nil until pathOf is called
	paths  []paths.Path // of a write: those of what it invalidates, then of what it puts
}

// pathOf is the path of the keys of a read.
func (c *checker) pathOf(s *Site) paths.Path {
	if s.path == nil { // every pattern of the program is held against it
		s.path = c.encodings.Path(s.Model.Read.Prefix, s.Model.Read.Key, false)
	}
	return s.path
}

// pathsOf are the paths of what a write invalidates, and then of what it puts.
func (c *checker) pathsOf(s *Site) []paths.Path {
	if write := s.Model.Write; s.paths == nil {
		s.paths = make([]paths.Path, 0, len(write.Invalidations)+len(write.Puts))
		for i := range write.Invalidations {
			inv := &write.Invalidations[i]
			s.paths = append(s.paths, c.encodings.Path(inv.Prefix, inv.Segments, inv.All))
		}
		for i := range write.Puts {
			put := &write.Puts[i]
			s.paths = append(s.paths, c.encodings.Path(put.Prefix, put.Segments, false))
		}
	}
	return s.paths
}

// Name is that of the method.
func (s *Site) Name() string { return s.method.name() }

// fullName is the repository and the method: ContactRepository.Get.
func (s *Site) fullName() string { return s.method.decl.Name + "." + s.method.name() }

// Decl is the type that has the method.
func (s *Site) Decl() *model.TypeDecl { return s.method.decl }

// Signature is that of the method.
func (s *Site) Signature() *types.Signature { return s.method.sig }

// Inherited reports whether the method comes with an embedded interface. What is wrong with it is
// reported where it is declared.
func (s *Site) Inherited() bool { return s.method.declaredAt != nil }

// Path is the path of the keys of a read.
func (s *Site) Path() paths.Path { return s.path }

// Paths are those of what a write invalidates, and then of what it puts.
func (s *Site) Paths() []paths.Path { return s.paths }

// Where names the method's place in a message: contacts.go:14:2.
func (s *Site) Where() string { return short(s.method.at.Pos) }

// Span is the first directive of the method, for what concerns all of them.
func (s *Site) Span() Span { return s.method.options.own.first() }

// SpanOf is a part of the method's own directives.
func (s *Site) SpanOf(part annotations.Span) Span { return s.method.options.own.at(part) }

// KeySpan is where a read says what its keys are: key=, or prefix=, or all of it.
func (s *Site) KeySpan() Span {
	at := s.Span()
	for _, name := range []annotations.Name{annotations.Prefix, annotations.Key} {
		if o, ok := s.method.options.own.Find(name); ok {
			at = s.SpanOf(o.Span)
		}
	}
	return at
}

// Prefix is where a read says its prefix, and the one that its repository suggests.
func (s *Site) Prefix() (at Span, suggested string) {
	at = s.Span()
	if o, ok := s.method.options.find(annotations.Prefix); ok {
		at = o.valueAt()
	}
	return at, suggestPrefix(s.method)
}

// TTLOnly reports whether no write has to invalidate a read.
func (s *Site) TTLOnly() bool { return s.method.options.flag(annotations.TTLOnly) }

// Patterns are those that the method invalidates, and then those that it puts, as they are written.
func (s *Site) Patterns() []*annotations.Pattern {
	var list []*annotations.Pattern
	for _, patterns := range [][]pattern{s.method.invalidations, s.method.puts} {
		for _, p := range patterns {
			list = append(list, p.Pattern)
		}
	}
	return list
}

// Tags are the patterns of tags= of a read, as they are written.
func (s *Site) Tags() []*annotations.Pattern {
	var list []*annotations.Pattern
	for _, p := range s.method.patterns(annotations.Tags) {
		list = append(list, p.Pattern)
	}
	return list
}

// Expression is a value as a directive writes it: c.Owner.ID, f.Stage().
func (s *Site) Expression(v *model.Value) string { return s.method.expression(v) }

func (m *method) expression(v *model.Value) string {
	root := "result"
	if v.Root.Item {
		root = m.items()
	} else if !v.Root.Result {
		root = m.sig.Params().At(v.Root.Index).Name()
	}
	return Expression(root, v.Steps)
}

// Expression is a part of a value, called root, as a directive writes it: c.Owner.ID, f.Stage(),
// Fold(q).
func Expression(root string, steps []model.Step) string {
	selectors := make([]annotations.Selector, len(steps))
	for i, step := range steps {
		selectors[i] = annotations.Selector{Name: step.Name, Call: step.Call, Func: step.Func && !step.Dot}
	}
	return annotations.Expression(root, selectors)
}
