package emit

import (
	"bytes"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// TestHelpersOnce: a helper is declared by the first file that needs it, in the order of paths and
// whatever the order of the files is. A file under a constraint is never that file.
func TestHelpersOnce(t *testing.T) {
	whole := program{}.plan(t, "example.com/crm", `package crm

import "context"

type Contact struct{ Tags []string }

type Users interface {
	//cache:ttl=1s prefix=user
	Get(ctx context.Context, id string) (*Contact, error)
}

type Guests interface {
	//cache:ttl=1s prefix=guest
	Get(ctx context.Context, id string) (*Contact, error)
}
`)
	file := func(path, constraint string, n int) *model.File {
		f := *whole
		f.Path, f.Constraint, f.Wrappers = path, constraint, whole.Wrappers[n:n+1]
		return &f
	}
	declaration := []byte("\nfunc cloneCachedContactPtr(")
	for _, c := range []struct {
		name         string
		first, other *model.File
	}{
		{"by path", file("a_cachegen.go", "", 0), file("b_cachegen.go", "", 1)},
		{"constraint last", file("b_cachegen.go", "", 0), file("a_cachegen.go", "linux", 1)},
	} {
		sources, err := Package([]*model.File{c.first, c.other}, nothing)
		if err != nil {
			t.Fatal(err)
		}
		swapped, err := Package([]*model.File{c.other, c.first}, nothing)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sources[0], swapped[1]) || !bytes.Equal(sources[1], swapped[0]) {
			t.Errorf("%s: the order of files makes a difference", c.name)
		}
		if !bytes.Contains(sources[0], declaration) || bytes.Contains(sources[1], declaration) {
			t.Errorf("%s: got\n%s\nand\n%s", c.name, sources[0], sources[1])
		}
	}

	alone, err := emitFile(file("a_cachegen.go", "linux", 0))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(alone, []byte("\nfunc (*CachedUsers) cloneCachedContactPtr(")) {
		t.Errorf("under a constraint: got\n%s", alone)
	}
}

// nothing is what files have that were not generated yet.
func nothing(string) []byte { return nil }
