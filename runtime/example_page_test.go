package runtime_test

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The sections of the package comment that list all names of the page.
const (
	forApplications  = "What applications use"
	forGeneratedCode = "What generated code calls"
)

// page is the public page of the package.
type page struct {
	*doc.Package
	sections map[string]map[string]bool // by heading: the names that a section links to
}

func readPage(t *testing.T) page {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".go") {
			file, err := parser.ParseFile(set, f.Name(), nil, parser.ParseComments)
			require.NoError(t, err)
			parsed = append(parsed, file)
		}
	}
	p, err := doc.NewFromFiles(set, parsed, "github.com/cachegen/cachegen/runtime")
	require.NoError(t, err)
	return page{p, linksOf(p)}
}

// linksOf returns the top-level names that each section of a package comment links to.
func linksOf(p *doc.Package) map[string]map[string]bool {
	sections := make(map[string]map[string]bool)
	heading := ""
	add := func(texts []comment.Text) {
		for _, text := range texts {
			if link, ok := text.(*comment.DocLink); ok {
				name := link.Name
				if link.Recv != "" {
					name = link.Recv
				}
				sections[heading][name] = true
			}
		}
	}
	for _, block := range p.Parser().Parse(p.Doc).Content {
		switch block := block.(type) {
		case *comment.Heading:
			var text strings.Builder
			for _, part := range block.Text {
				text.WriteString(string(part.(comment.Plain)))
			}
			heading = text.String()
			sections[heading] = make(map[string]bool)
		case *comment.List:
			for _, item := range block.Items {
				for _, paragraph := range item.Content {
					add(paragraph.(*comment.Paragraph).Text)
				}
			}
		}
	}
	return sections
}

// names are all names of the page, with their doc comments; constants stand under their types.
func (p page) names() map[string]string {
	names := make(map[string]string)
	addFuncs := func(list []*doc.Func) {
		for _, f := range list {
			names[f.Name] = f.Doc
		}
	}
	addFuncs(p.Funcs)
	for _, t := range p.Types {
		names[t.Name] = t.Doc
		addFuncs(t.Funcs)
	}
	for _, v := range p.Vars {
		for _, name := range v.Names {
			names[name] = v.Doc
		}
	}
	return names
}

// examples are the names that have an Example with output: of their own, of a method, or of the
// function that makes them.
func (p page) examples() map[string]bool {
	named := make(map[string]bool)
	add := func(name string, list []*doc.Example) {
		for _, e := range list {
			named[name] = named[name] || e.Output != ""
		}
	}
	for _, f := range p.Funcs {
		add(f.Name, f.Examples)
	}
	for _, t := range p.Types {
		add(t.Name, t.Examples)
		for _, f := range t.Funcs {
			add(f.Name, f.Examples)
			add(t.Name, f.Examples)
		}
		for _, m := range t.Methods {
			add(t.Name, m.Examples)
		}
	}
	return named
}

// A reader of the page learns of each name whether an application needs it.
func TestPageSaysWhoNeedsWhat(t *testing.T) {
	p := readPage(t)
	names := p.names()
	for name, text := range names {
		application, generated := p.sections[forApplications][name], p.sections[forGeneratedCode][name]
		require.True(t, application != generated,
			"%s is exported: list it either under %q or under %q in doc.go", name, forApplications, forGeneratedCode)
		constructs := strings.HasPrefix(name, "New") && p.sections[forGeneratedCode][strings.TrimPrefix(name, "New")]
		says := strings.HasPrefix(text, name+" is for generated code: ") ||
			strings.HasPrefix(text, name+" is for tests of generated code: ")
		require.Equal(t, generated && !constructs, says,
			"the comment of %s begins with whom it is for, if that is not an application: %s", name, text)
	}
	for _, section := range []string{forApplications, forGeneratedCode} {
		require.NotEmpty(t, p.sections[section], section)
		for name := range p.sections[section] {
			require.Contains(t, names, name, "%q in doc.go", section)
		}
	}
}

func TestPageShowsWhatApplicationsUse(t *testing.T) {
	p := readPage(t)
	examples := p.examples()
	isVar := make(map[string]bool)
	for _, v := range p.Vars {
		for _, name := range v.Names {
			isVar[name] = true
		}
	}
	for name := range p.sections[forApplications] {
		require.True(t, examples[name] || isVar[name], "%s has no Example with output", name)
	}
	require.NotEmpty(t, p.Examples, "the package has no Example")
}
