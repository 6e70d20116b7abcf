package diag

import (
	"go/token"
	"os"
	"path/filepath"
)

func at(file string, line, column int) token.Position {
	return token.Position{Filename: filepath.FromSlash(file), Line: line, Column: column}
}

// Findings come out by position, each once, with paths as a person in the directory types them.
func ExampleList_Text() {
	var l List
	l.Report(Finding{Pos: at("/src/crm/deals.go", 3, 2), Message: "second file"})
	l.Report(Finding{Pos: at("/src/crm/contacts.go", 14, 10), Message: "later column"})
	l.Report(Finding{Pos: at("/src/crm/contacts.go", 14, 2), Message: "earlier column"})
	l.Report(Finding{Pos: at("/src/crm/contacts.go", 14, 2), Message: "earlier column"})
	l.Report(Finding{Pos: at("/elsewhere/contacts.go", 9, 1), Message: "outside"})
	l.Report(Finding{Pos: at("/src/crm/deals.go", 8, 2), Message: "may be meant", Warning: true})
	l.Report(Finding{Message: "about the run", Load: true})
	l.Text(os.Stdout, "/src/crm")
	// Output:
	// about the run
	// /elsewhere/contacts.go:9:1: outside
	// contacts.go:14:2: earlier column
	// contacts.go:14:10: later column
	// deals.go:3:2: second file
	// deals.go:8:2: warning: may be meant
}

func ExampleList_JSON() {
	var l List
	l.Report(Finding{Pos: at("/src/a.go", 1, 10), End: 13, Rule: "syntax", Message: `unknown option "tll"`, Fix: "ttl"})
	l.Report(Finding{Rule: "load", Message: "no such package <x>"})
	l.Report(Finding{Pos: at("/src/a.go", 2, 1), Rule: "never-invalidated", Message: "nothing invalidates Get", Warning: true})
	l.JSON(os.Stdout, "/src")
	// Output:
	// {"severity":"error","rule":"load","message":"no such package <x>"}
	// {"file":"a.go","line":1,"column":10,"endColumn":13,"severity":"error","rule":"syntax","message":"unknown option \"tll\"","fix":"ttl"}
	// {"file":"a.go","line":2,"column":1,"severity":"warning","rule":"never-invalidated","message":"nothing invalidates Get"}
}
