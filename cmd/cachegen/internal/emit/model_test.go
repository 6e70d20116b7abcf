package emit

import (
	"cmp"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/fingerprint"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// std imports the standard library, once for all tests.
var std = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

// program is the packages of one test, by import path.
type program map[string]*types.Package

func (p program) Import(path string) (*types.Package, error) {
	if pkg, ok := p[path]; ok {
		return pkg, nil
	}
	return std().Import(path)
}

// check type-checks one package of the program.
func (p program) check(t testing.TB, path string, sources ...string) (*types.Package, []*ast.File, error) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, src := range sources {
		f, err := parser.ParseFile(fset, path+".go", src, parser.ParseComments)
		if err != nil {
			t.Fatalf("%v in\n%s", err, src)
		}
		files = append(files, f)
	}
	pkg, err := (&types.Config{Importer: p}).Check(path, fset, files, nil)
	if err == nil {
		p[path] = pkg
	}
	return pkg, files, err
}

// emitFile prints a package of one file.
func emitFile(f *model.File) ([]byte, error) {
	sources, err := Package([]*model.File{f}, nothing)
	if err != nil {
		return nil, err
	}
	return sources[0], nil
}

// emptyPrinter prints a file without wrappers.
func emptyPrinter(pkg *types.Package) *printer {
	f := &model.File{Package: pkg, View: shape.NewView(pkg)}
	names := newPackageNames([]*model.File{f})
	return newPrinter(f, names, &helperSet{names: names})
}

// plan builds the model of a package from its directives. It believes all they say: what check
// would refuse, it does not see.
func (p program) plan(t testing.TB, path, src string) *model.File {
	t.Helper()
	pkg, files, err := p.check(t, path, src)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	f := &model.File{Path: path + "/source_cachegen.go", Package: pkg, View: shape.NewView(pkg)}
	ast.Inspect(files[0], func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		i, ok := spec.Type.(*ast.InterfaceType)
		if !ok || !strings.Contains(src, "//cache:") {
			return false
		}
		named, ok := pkg.Scope().Lookup(spec.Name.Name).Type().(*types.Named)
		if !ok || !annotated(i) {
			return false
		}
		w := model.Wrapper{Name: model.WrapperName(spec.Name.Name), Source: named}
		directives := map[string]string{}
		for _, m := range i.Methods.List {
			if len(m.Names) == 1 {
				directives[m.Names[0].Name] = directive(m.Doc)
			}
		}
		methods := slices.Collect(named.Underlying().(*types.Interface).Methods())
		slices.SortFunc(methods, func(a, b *types.Func) int { return cmp.Compare(a.Pos(), b.Pos()) })
		for _, m := range methods {
			w.Methods = append(w.Methods, planMethod(t, pkg, m, directives[m.Name()]))
		}
		f.Wrappers = append(f.Wrappers, w)
		return false
	})
	return f
}

func annotated(i *ast.InterfaceType) bool {
	for _, m := range i.Methods.List {
		if directive(m.Doc) != "" {
			return true
		}
	}
	return false
}

func directive(doc *ast.CommentGroup) string {
	var s string
	if doc != nil {
		for _, c := range doc.List {
			if d, ok := strings.CutPrefix(c.Text, "//cache:"); ok {
				s += " " + d
			}
		}
	}
	return s
}

func planMethod(t testing.TB, pkg *types.Package, f *types.Func, directive string) model.Method {
	m := model.Method{Name: f.Name(), Signature: f.Signature()}
	var tenant model.Tenant = model.FromContext{}
	read := &model.Read{}
	write := &model.Write{}
	var key string
	var patterns []string
	encoded := false
	for option := range strings.FieldsSeq(directive) {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "ttl":
			m.Read = read
			read.TTL.D = parseDuration(t, value)
		case "notfound":
			read.NotFound.D = parseDuration(t, value)
		case "prefix":
			read.Prefix = value
		case "key":
			key = value
		case "encoded": // for tests of codecs: copies in the process are bytes
			encoded = true
		case "onsuccess":
			write.OnSuccess = true
		case "invalidate":
			m.Write = write
			patterns = append(patterns, value)
		case "tenant":
			switch value {
			case "global":
				tenant = model.Global{}
			case "*":
				tenant = model.All{}
			default:
				tenant = model.FromValue{Value: *parseSegment(t, pkg, m.Signature, value).Value}
			}
		default:
			t.Fatalf("option %q", name)
		}
	}
	if m.Read != nil {
		read.Value = m.Signature.Results().At(0).Type()
		read.Version = fingerprint.Of(shape.NewView(pkg), read.Value, "0")
		read.Tenant = tenant
		read.Clone = cloning(read.Value, pkg)
		if encoded {
			read.Clone = model.Clone{}
		}
		_, refusal := codec.Of(read.Value, shape.NewView(pkg))
		read.Codec = refusal == nil
		if key == "" {
			for i := range m.Signature.Params().Len() {
				if i != contextParam(m.Signature) {
					x := m.Signature.Params().At(i)
					root := model.Root{Index: i, Type: x.Type()}
					read.Key = append(read.Key, model.Segment{Value: &model.Value{Root: root, Type: x.Type()}})
				}
			}
		} else {
			read.Key = parseSegments(t, pkg, m.Signature, key)
		}
	}
	for _, p := range patterns {
		i := model.Invalidation{Text: p, Tenant: tenant}
		p, i.All = strings.CutSuffix(p, "*")
		p = strings.TrimSuffix(p, ":")
		prefix, rest, found := strings.Cut(p, "{")
		if j := strings.LastIndex(prefix, ":"); found && j >= 0 {
			i.Prefix = prefix[:j]
			i.Segments = parseSegments(t, pkg, m.Signature, prefix[j+1:]+"{"+rest)
		} else {
			i.Prefix = p
		}
		write.Invalidations = append(write.Invalidations, i)
	}
	return m
}

func parseDuration(t testing.TB, s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func parseSegments(t testing.TB, pkg *types.Package, sig *types.Signature, template string) []model.Segment {
	var list []model.Segment
	for s := range strings.SplitSeq(template, ":") {
		list = append(list, parseSegment(t, pkg, sig, s))
	}
	return list
}

func parseSegment(t testing.TB, pkg *types.Package, sig *types.Signature, s string) model.Segment {
	before, rest, found := strings.Cut(s, "{")
	if !found {
		return model.Segment{Before: s}
	}
	path, after, _ := strings.Cut(rest, "}")
	names := strings.Split(path, ".")
	v := &model.Value{Root: model.Root{Index: -1}}
	for i := range sig.Params().Len() {
		if x := sig.Params().At(i); x.Name() == names[0] {
			v.Root = model.Root{Index: i, Type: x.Type()}
		}
	}
	if names[0] == "result" && v.Root.Index < 0 {
		v.Root = model.Root{Result: true, Type: sig.Results().At(0).Type()}
	}
	if v.Root.Index < 0 {
		t.Fatalf("no parameter %q", names[0])
	}
	v.Type = v.Root.Type
	for _, n := range names[1:] {
		n, call := strings.CutSuffix(n, "()")
		o, _, _ := types.LookupFieldOrMethod(v.Type, true, pkg, n)
		if o == nil {
			t.Fatalf("%s has no %s", v.Type, n)
		}
		v.Type = o.Type()
		if call {
			v.Type = o.(*types.Func).Signature().Results().At(0).Type()
		}
		v.Steps = append(v.Steps, model.Step{Name: n, Call: call, Type: v.Type})
	}
	return model.Segment{Before: before, Value: v, After: after}
}
