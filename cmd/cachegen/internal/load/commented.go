package load

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"

	"github.com/cachegen/cachegen/annotations"
)

// directivesOf returns the directives of a doc comment that belong to what it documents. Those
// above a method that is commented out belong to nobody.
func directivesOf(group *ast.CommentGroup, of string) []*ast.Comment {
	if group == nil {
		return nil
	}
	var list []*ast.Comment
	for _, c := range group.List {
		if annotations.IsDirective(c.Text) && commentedOutBelow(group, c, of) == "" {
			list = append(list, c)
		}
	}
	return list
}

// commentedOutBelow returns the name of what is commented out between a directive and the
// declaration that the comments stand on:
//
//	//cache:ttl=10m prefix=contact
//	// Get(ctx context.Context, id string) (*Contact, error)
//	List(ctx context.Context) ([]*Contact, error)
//
// It is "" if nothing is, or an earlier form of that declaration.
func commentedOutBelow(group *ast.CommentGroup, directive *ast.Comment, of string) string {
	lines := commentLines(group)
	for i, line := range lines {
		switch name, ordered := commentedOut(lines[i:]); {
		case name == "" || ordered && line.pos < directive.Pos():
		case name != of:
			return name
		case ordered:
			return ""
		}
	}
	return ""
}

// commentLine is one line of what comments say, without the marks of comments.
type commentLine struct {
	text string
	pos  token.Pos // of the comment
}

func commentLines(group *ast.CommentGroup) []commentLine {
	var lines []commentLine
	for _, c := range group.List {
		text := strings.TrimSuffix(strings.TrimPrefix(c.Text, "/*"), "*/")
		if annotations.IsDirective(c.Text) {
			text = ""
		}
		for line := range strings.Lines(strings.TrimPrefix(text, "//") + "\n") {
			lines = append(lines, commentLine{strings.TrimSpace(line), c.Pos()})
		}
	}
	return lines
}

var (
	methodStart = regexp.MustCompile(`^[\pL_][\pL\pN_]*\(`)
	typeStart   = regexp.MustCompile(`^type ([\pL_][\pL\pN_]*)(\[.*\])? (?:interface|struct) ?\{`)
)

// commentedOut returns the name of the method or type whose declaration begins at the first of some
// lines; "" if none does. Ordered says that comments around it keep their order: gofmt moves the
// directives of types and functions behind other comments.
func commentedOut(lines []commentLine) (name string, ordered bool) {
	first := lines[0].text
	if t := typeStart.FindStringSubmatch(first); t != nil {
		return t[1], false
	}
	if strings.HasPrefix(first, "func (") {
		f, _ := parser.ParseFile(token.NewFileSet(), "", "package p\n"+first, parser.SkipObjectResolution)
		if fn, ok := firstDecl(f).(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name != "_" {
			return fn.Name.Name, false
		}
	}
	if methodStart.MatchString(first) {
		return commentedOutMethod(lines), true
	}
	return "", true
}

// commentedOutMethod returns the name of the method of an interface that begins at the first line,
// and may go on in others; "" if it is something else.
func commentedOutMethod(lines []commentLine) string {
	var text strings.Builder
	open := 0
	for _, line := range lines {
		text.WriteString(line.text + "\n")
		open += strings.Count(line.text, "(") - strings.Count(line.text, ")")
		if open <= 0 {
			break
		}
	}
	src := "package p\ntype _ interface {\n" + text.String() + "}"
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return ""
	}
	decl, ok := firstDecl(f).(*ast.GenDecl)
	if !ok {
		return ""
	}
	for _, m := range decl.Specs[0].(*ast.TypeSpec).Type.(*ast.InterfaceType).Methods.List {
		if sig, ok := m.Type.(*ast.FuncType); ok && len(m.Names) == 1 && !isCall(sig) {
			return m.Names[0].Name
		}
	}
	return ""
}

// isCall reports whether what parses as the signature of a method is rather a call in prose, or a
// note: Get(ctx, id), TODO(bob).
func isCall(sig *ast.FuncType) bool {
	if sig.Results != nil || len(sig.Params.List) == 0 {
		return false
	}
	for _, field := range sig.Params.List {
		if _, plain := field.Type.(*ast.Ident); !plain || len(field.Names) > 0 {
			return false
		}
	}
	return true
}

func firstDecl(f *ast.File) ast.Decl {
	if f == nil || len(f.Decls) == 0 {
		return nil
	}
	return f.Decls[0]
}
