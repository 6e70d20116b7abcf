package shape_test

import (
	"strings"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// TestCycle: a type that contains itself is a cycle of nodes, and identical types are one node.
func TestCycle(t *testing.T) {
	pkg := gentest.Program{}.Check(t, "example.com/p", "package p; type N struct { Next *N; All map[string][]N }; type A = N; var V, W []string; var X []*A")
	v := shape.NewView(pkg)
	n := v.Node(gentest.TypeOf(pkg, "N"))
	if n.Fields()[0].Node().Elem() != n || n.Fields()[1].Node().Elem().Elem() != n {
		t.Error("N does not lead back to N")
	}
	if v.Node(gentest.TypeOf(pkg, "V")) != v.Node(gentest.TypeOf(pkg, "W")) {
		t.Error("there are two nodes for []string")
	}
	if v.Node(gentest.TypeOf(pkg, "A")) != n || v.Node(gentest.TypeOf(pkg, "X")).Elem().Elem() != n {
		t.Error("an alias is another node")
	}
}

// TestHidden: a type of an internal package has two nodes, one where an alias lets others name it.
func TestHidden(t *testing.T) {
	p := gentest.Program{}
	p.Check(t, "example.com/a/internal/i", "package i; type T struct { F, g int }")
	lib := p.Check(t, "example.com/a", `package a; import "example.com/a/internal/i"; type Alias = i.T; type Both struct { A []Alias; B []i.T }`)
	v := shape.NewView(p.Check(t, "example.com/b", "package b"))
	both := v.Node(gentest.TypeOf(lib, "Both")).Fields()
	named, hidden := both[0].Node(), both[1].Node()
	if named.Hidden() != nil || hidden.Hidden() == nil || hidden.Hidden().Name() != "T" {
		t.Errorf("hidden of %v is %v, of %v %v", named.Type, named.Hidden(), hidden.Type, hidden.Hidden())
	}
	if named.First() != hidden.First() {
		t.Error("nothing says that they are one type")
	}
	if reflection := v.Reflection(); reflection.Node(hidden.Type).Hidden() != nil || reflection.Node(hidden.Type) != reflection.Node(named.Type) {
		t.Error("reflection minds a name")
	}
}

// TestReach: the fields that each view reaches.
func TestReach(t *testing.T) {
	p := gentest.Program{}
	pkg := p.Check(t, "example.com/p", "package p; type T struct { A, b int; _ int }")
	other := p.Check(t, "example.com/q", "package q")
	for _, test := range []struct {
		view *shape.View
		want string
	}{
		{shape.NewView(pkg), "A b _"},
		{shape.NewView(other), "A"},
		{shape.NewView(pkg).Reflection(), "A"},
	} {
		var names []string
		for _, f := range test.view.Node(gentest.TypeOf(pkg, "T")).Fields() {
			if f.InReach {
				names = append(names, f.Name())
			}
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%v reaches %q, want %q", test.view.From(), got, test.want)
		}
	}
}

// text is a plan in a test: it says what a type is made of.
type text struct {
	of    *shape.Node
	parts []*text
}

// texts plans structs and pointers, refuses funcs, and carries what is called Own as a whole if
// something in it is refused.
func texts(walked map[*shape.Node]int) *shape.Planner[*text] {
	var p *shape.Planner[*text]
	p = shape.NewPlanner(func(n *shape.Node) (*text, *shape.Refusal) {
		walked[n]++
		plan := &text{of: n}
		p.Begin(n, plan)
		part := func(n *shape.Node, step ...string) *shape.Refusal {
			made, refusal := p.Part(n, step...)
			plan.parts = append(plan.parts, made)
			return refusal
		}
		switch n.Kind {
		case shape.Func:
			return nil, p.Refuse(n.Type, "is a func")
		case shape.Pointer:
			return plan, part(n.Elem())
		case shape.Struct:
			for _, f := range n.Fields() {
				if refusal := part(f.Node(), ".", f.Name()); refusal != nil {
					return nil, refusal
				}
			}
		}
		return plan, nil
	}, func(n *shape.Node) (*text, bool) {
		return &text{of: n}, n.Named != nil && n.Named.Obj().Name() == "Own"
	})
	return p
}

// TestPlanner: a refusal has its path, what rests on a type that turns out to be carried as a whole
// is planned again, and nothing is walked twice.
func TestPlanner(t *testing.T) {
	pkg := gentest.Program{}.Check(t, "example.com/p", `package p
type Own struct { B *B; F func() }
type B struct { Own *Own; N int }
type Bad struct { B B; C *C }
type C struct { Bad *Bad; F func() }
`)
	for _, order := range [][]string{{"Own", "B"}, {"B", "Own"}} {
		v, walked := shape.NewView(pkg), make(map[*shape.Node]int)
		p := texts(walked)
		plans := make(map[string]*text)
		for _, name := range order {
			plan, refusal := p.Whole(v.Node(gentest.TypeOf(pkg, name)))
			if refusal != nil {
				t.Fatalf("%s is refused: %+v", name, refusal)
			}
			plans[name] = plan
		}
		if len(plans["Own"].parts) != 0 {
			t.Errorf("in the order %v, Own has parts", order)
		}
		if b := plans["B"]; len(b.parts) != 2 || b.parts[0].parts[0] != plans["Own"] {
			t.Errorf("in the order %v, B does not rest on the plan of Own", order)
		}
		before := len(walked)
		walked[v.Node(gentest.TypeOf(pkg, "B"))] = 0
		if again, _ := p.Whole(v.Node(gentest.TypeOf(pkg, "B"))); again != plans["B"] || len(walked) != before || walked[v.Node(gentest.TypeOf(pkg, "B"))] != 0 {
			t.Errorf("in the order %v, B is walked again", order)
		}
		bad := v.Node(gentest.TypeOf(pkg, "Bad"))
		for range 2 {
			if _, refusal := p.Whole(bad); refusal == nil || refusal.Path != ".C.F" || refusal.Type.String() != "func()" {
				t.Errorf("in the order %v, Bad: %+v", order, refusal)
			}
			if _, refusal := p.Whole(v.Node(gentest.TypeOf(pkg, "C"))); refusal == nil {
				t.Errorf("in the order %v, C has a plan, which was begun for Bad", order)
			}
		}
		if walked[bad] != 2 { // for itself and for C
			t.Errorf("in the order %v, Bad is walked %d times", order, walked[bad])
		}
	}
}
