package codec_test

import (
	"go/ast"
	"go/types"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// TestReflectionAgreesWithTheCodec holds the plans for reflection against the table by which the
// codec by reflection is tested: the generator must refuse what that refuses, and nothing else.
func TestReflectionAgreesWithTheCodec(t *testing.T) {
	list, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo,
	}, "github.com/cachegen/cachegen/runtime/internal/codectest")
	if err != nil || len(list) != 1 || len(list[0].Errors) > 0 {
		t.Fatalf("load: %v, %v", err, list)
	}
	pkg := list[0]
	cases, reflection := 0, shape.NewView(pkg.Types).Reflection()
	for _, file := range pkg.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if named, ok := pkg.TypesInfo.TypeOf(lit).(*types.Named); !ok || named.Obj().Name() != "Case" {
				return true
			}
			name, refuse, values := readCase(pkg.TypesInfo, lit)
			for _, v := range values {
				cases++
				if _, r := codec.Of(v, reflection); (r != nil) != refuse {
					t.Errorf("%s: the codec refuses %v: %v, Of says %+v", name, v, refuse, r)
				}
			}
			return false
		})
	}
	if cases < 30 {
		t.Errorf("found only %d values; has the table another shape?", cases)
	}
}

// readCase takes a literal Case apart: {Name: "nil slice", Values: []any{...}, Refuse: true}. What
// is refused for the value that an interface holds has a type that is not.
func readCase(info *types.Info, lit *ast.CompositeLit) (name string, refuse bool, values []types.Type) {
	held := false
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch kv.Key.(*ast.Ident).Name {
		case "Name":
			name = info.Types[kv.Value].Value.String()
		case "Refuse":
			refuse = info.Types[kv.Value].Value.String() == "true"
		case "Held":
			held = info.Types[kv.Value].Value.String() == "true"
		case "Values":
			list, ok := kv.Value.(*ast.CompositeLit)
			if !ok {
				continue // made by a function
			}
			for _, v := range list.Elts {
				values = append(values, info.TypeOf(v))
			}
		}
	}
	return name, refuse && !held, values
}
