package jen

import (
	"bytes"
	"fmt"
	"go/format"
	"testing"
)

func multi(elems ...Code) *Statement {
	return Custom(Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elems...)
}

func key(name string, value Code) Code { return Id(name).Op(":").Add(value) }

// TestLayout: what gofmt would do, construct by construct. Each output is also what gofmt leaves alone.
func TestLayout(t *testing.T) {
	for want, code := range map[string]*Statement{
		// expressions
		"a + b*c":                        Id("a").Op("+").Id("b").Op("*").Id("c"),
		"f(a+b, c)":                      Id("f").Call(Id("a").Op("+").Id("b"), Id("c")),
		"f(a + b)":                       Id("f").Call(Id("a").Op("+").Id("b")),
		"10 * time.Minute":               Lit(10).Op("*").Qual("time", "Minute"),
		"a == nil || b.c != nil":         Id("a").Op("==").Nil().Op("||").Id("b").Dot("c").Op("!=").Nil(),
		"a - -1":                         Id("a").Op("-").Lit(-1),
		"a / *b":                         Id("a").Op("/").Op("*").Id("b"),
		"!(a && b)":                      Op("!").Parens(Id("a").Op("&&").Id("b")),
		"x[a+1 : b]":                     Id("x").Index(Id("a").Op("+").Lit(1), Id("b")),
		"x[:n]":                          Id("x").Index(Empty(), Id("n")),
		"x[i][j]":                        Id("x").Index(Id("i")).Index(Id("j")),
		"f(x...)":                        Id("f").Call(Id("x").Op("...")),
		"&T{a: 1, b: c[int]{}}":          Op("&").Id("T").Values(key("a", Lit(1)), key("b", Id("c").Types(Int()).Values())),
		"[]int{1, 2}":                    Index().Int().Values(Lit(1), Lit(2)),
		"map[string][]*T{}":              Map(String()).Index().Op("*").Id("T").Values(),
		"x.(T).y":                        Id("x").Assert(Id("T")).Dot("y"),
		"(*T)(nil)":                      Parens(Op("*").Id("T")).Call(Nil()),
		"x = func() {}()":                Id("x").Op("=").Func().Params().Block().Call(),
		"make([]byte, 0, len(x))":        Make(Index().Byte(), Lit(0), Len(Id("x"))),
		"new(T).Set(&x)":                 New(Id("T")).Dot("Set").Call(Op("&").Id("x")),
		`"a\n" + 'x' + byte(0x1) + true`: Lit("a\n").Op("+").LitRune('x').Op("+").LitByte(1).Op("+").Lit(true),
		"1.0 + int64(5)":                 Lit(1.0).Op("+").Lit(int64(5)),
		// types
		"chan<- int":        Chan().Op("<-").Int(),
		"<-chan int":        Op("<-").Chan().Int(),
		"chan (<-chan int)": Chan().Parens(Op("<-").Chan().Int()),
		"type T func(context.Context, ...string) (int, error)": Type().Id("T").Func().Params(Qual("context", "Context"), Op("...").String()).Params(Int(), Error()),
		"type T func(a, b int) error":                          Type().Id("T").Func().Params(List(Id("a"), Id("b")).Int()).Params(Error()),
		"struct{}":                                             Struct(),
		"interface {\n\tio.Closer\n\tDo(int) error\n}":         Interface(Qual("io", "Closer"), Id("Do").Params(Int()).Error()),
		"struct {\n\ta   int\n\tbcd []string `x:\"y\"`\n\tT\n}": Struct(
			Id("a").Int(), Id("bcd").Index().String().Tag(map[string]string{"x": "y"}), Id("T")),
		// declarations
		"type T[K comparable, V ~int | string] struct{}": Type().Id("T").Types(Id("K").Comparable(), Id("V").Union(Op("~").Int(), String())).Struct(),
		"type A = b.C":        Type().Id("A").Op("=").Qual("b", "C"),
		"var x [3]*T":         Var().Id("x").Index(Lit(3)).Op("*").Id("T"),
		"var _ I = (*T)(nil)": Var().Id("_").Id("I").Op("=").Parens(Op("*").Id("T")).Call(Nil()),
		"func (r *T[K]) f(x []int, y ...K) (err error) {\n\treturn nil\n}": Func().Params(Id("r").Op("*").Id("T").Types(Id("K"))).Id("f").
			Params(Id("x").Index().Int(), Id("y").Op("...").Id("K")).Params(Err().Error()).Block(Return(Nil())),
		"const (\n\ta     = 1\n\tb int = 2 // two\n)": Const().Defs(Id("a").Op("=").Lit(1), Id("b").Int().Op("=").Lit(2).Comment("two")),
		// statements
		"x, y := f()": List(Id("x"), Id("y")).Op(":=").Id("f").Call(),
		"x[i+1]++":    Id("x").Index(Id("i").Op("+").Lit(1)).Op("++"),
		"ch <- a + b": Id("ch").Op("<-").Id("a").Op("+").Id("b"),
		"return a, b": Return(Id("a"), Id("b")),
		"goto end":    Goto().Id("end"),
		"defer f()":   Defer().Id("f").Call(),
		"if x := f(); x {\n\tg()\n} else if y {\n} else {\n\th() // why\n}": If(Id("x").Op(":=").Id("f").Call(), Id("x")).Block(Id("g").Call()).
			Else().If(Id("y")).Block().Else().Block(Id("h").Call().Comment("why")),
		"for {\n}":                        For().Block(),
		"for i := 0; ; i++ {\n}":          For(Id("i").Op(":=").Lit(0), Empty(), Id("i").Op("++")).Block(),
		"for range x {\n}":                For(Range().Id("x")).Block(),
		"for _, v := range x {\n\tf()\n}": For(List(Id("_"), Id("v")).Op(":=").Range().Id("x")).Block(Id("f").Call()),
		"switch x := y.(type) {\ncase int, string:\n\tf()\ndefault:\n}": Switch(Id("x").Op(":=").Id("y").Assert(Type())).
			Block(Case(Int(), String()).Block(Id("f").Call()), Default().Block()),
		"select {\ncase x := <-c:\ncase c <- 1:\n}":             Select().Block(Case(Id("x").Op(":=").Op("<-").Id("c")).Block(), Case(Id("c").Op("<-").Lit(1)).Block()),
		"{\n\t// A comment.\n\tf()\n\n\tg()\nend:\n\treturn\n}": Block(Comment("A comment."), Id("f").Call(), Line(), Id("g").Call(), Id("end").Op(":").Return()),
		"{\n\t// Why.\n\tf()\n\n\tg()\n}":                       Block(Comment("Why.").Line().Id("f").Call().Line().Line().Id("g").Call()),
		// columns
		"T{\n\ta:   1,\n\tbcd: 2,\n}": Id("T").Add(multi(key("a", Lit(1)), key("bcd", Lit(2)))),
		"T{\n\ta: func() {\n\t\tf()\n\t},\n\tbcd: 2,\n\te:   3,\n}": Id("T").Add(multi(
			key("a", Func().Params().Block(Id("f").Call())), key("bcd", Lit(2)), key("e", Lit(3)))),
		"T{\n\tÜ:  1,\n\tbc: 2,\n}": Id("T").Add(multi(key("Ü", Lit(1)), key("bc", Lit(2)))),
		"{\n\tx := 1  // one\n\txx := 2 // two\n\ty()\n\tz() // three\n}": Block(Id("x").Op(":=").Lit(1).Comment("one"),
			Id("xx").Op(":=").Lit(2).Comment("two"), Id("y").Call(), Id("z").Call().Comment("three")),
	} {
		if got := code.GoString(); got != want {
			t.Errorf("it is\n%s\nwant\n%s", got, want)
		}
		if same, err := format.Source([]byte(want)); err != nil || string(same) != want {
			t.Errorf("gofmt has\n%s\nnot\n%s\n%v", same, want, err)
		}
	}
}

// TestNull: what is nothing leaves no trace, and what is extended does not change what it was made of.
func TestNull(t *testing.T) {
	if got := Null().Id("a").Add(nil, Null(), List()).Types().Call(nil, Id("b"), Null()).GoString(); got != "a(b)" {
		t.Errorf("it is %s, want a(b)", got)
	}
	a := Id("a")
	b := a.Clone().Dot("b")
	if a.GoString() != "a" || b.GoString() != "a.b" {
		t.Errorf("they are %s and %s, want a and a.b", a.GoString(), b.GoString())
	}
}

func ExampleFile() {
	f := NewFilePathName("example.com/crm", "crm")
	f.HeaderComment("Code generated by cachegen. DO NOT EDIT.")
	f.ImportName("example.com/lib/v2", "lib")
	f.ImportAlias("example.com/other/lib", "otherlib")
	f.Comment("Wait waits.")
	f.Func().Id("Wait").Params(Id("d").Qual("time", "Duration"), Id("l").Qual("example.com/lib/v2", "List")).Block(
		If(Id("d").Op(">").Lit(0)).Block(Qual("example.com/other/lib", "Sleep").Call(Id("d"), Qual("example.com/crm", "Why"))),
	)
	source, err := f.Source()
	fmt.Printf("%s%v", source, err)
	// Output:
	// // Code generated by cachegen. DO NOT EDIT.
	//
	// package crm
	//
	// import (
	// 	"time"
	//
	// 	"example.com/lib/v2"
	// 	otherlib "example.com/other/lib"
	// )
	//
	// // Wait waits.
	// func Wait(d time.Duration, l lib.List) {
	// 	if d > 0 {
	// 		otherlib.Sleep(d, Why)
	// 	}
	// }
	// <nil>
}

// TestImportNames: a package has a name of its own, whatever others are called.
func TestImportNames(t *testing.T) {
	f := NewFilePathName("example.com/p", "p")
	for _, path := range []string{"a.com/x", "b.com/x", "c.com/string", "d.com/go-redis"} {
		f.Var().Id("_").Qual(path, "T")
	}
	got, err := f.Source()
	if err != nil {
		t.Fatal(err)
	}
	want := "package p\n\nimport (\n\t\"a.com/x\"\n\tx1 \"b.com/x\"\n\tstring1 \"c.com/string\"\n\tgoredis \"d.com/go-redis\"\n)\n\n" +
		"var _ x.T\nvar _ x1.T\nvar _ string1.T\nvar _ goredis.T\n"
	if string(got) != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
	unchanged(t, "imports", got)
}

// TestMistake: what is no Go is an error that says where.
func TestMistake(t *testing.T) {
	f := NewFile("p")
	f.Func().Id("f").Params().Block(Id("a").Id("b"))
	if got, err := f.Source(); err == nil || !bytes.Contains([]byte(err.Error()), []byte(`"b" in an expression`)) {
		t.Errorf("error %v for\n%s", err, got)
	}
}
