package emit

import (
	"strings"
	"testing"
)

// TestLocals: a package that only a helper refers to, and that is called what a variable of the
// helper is, gets another name in the file.
func TestLocals(t *testing.T) {
	p := program{}
	if _, _, err := p.check(t, "example.com/out", "package out\ntype Part struct{ Names []string }"); err != nil {
		t.Fatal(err)
	}
	out, err := emitFile(p.plan(t, "example.com/crm", `package crm

import (
	"context"

	"example.com/out"
)

type Contact struct{ Parts *[]out.Part }

type Repository interface {
	//cache:ttl=1s prefix=a
	Get(ctx context.Context, id string) (*Contact, error)
}
`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "= new([]examplecomout.Part)") {
		t.Errorf("got\n%s", out)
	}
}
