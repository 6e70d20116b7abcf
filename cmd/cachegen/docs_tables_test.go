package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cachegen/cachegen/annotations"
)

// TestReadmeOptions holds the table of options in the README against the parser's. Options that the
// generator refuses so far stand below it.
func TestReadmeOptions(t *testing.T) {
	text := readRoot(t, "README.md")
	const begin, end = "<!-- options -->\n", "<!-- end of options -->"
	head, rest, ok := strings.Cut(text, begin)
	table, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	later := notYetSupported(t)
	var want strings.Builder
	var reserved []string
	want.WriteString("| option | on | means |\n|---|---|---|\n")
	for _, spec := range annotations.Options() {
		if slices.Contains(later, spec.Name) {
			reserved = append(reserved, "`"+string(spec.Name)+"`")
			continue
		}
		summary := spec.Summary
		if spec.Required {
			summary += "; required"
		}
		examples := strings.Join(spec.Examples, "`<br>`")
		fmt.Fprintf(&want, "| `%s` | %s | %s |\n", examples, spec.On, summary)
	}
	if len(reserved) > 0 {
		fmt.Fprintf(&want, "\nReserved for later, and an error until then: %s.\n", strings.Join(reserved, ", "))
	}
	if table == want.String() {
		return
	}
	if *update {
		writeRoot(t, "README.md", head+begin+want.String()+end+tail)
	}
	t.Errorf("the table of options in README.md should be (see -update)\n%s", want.String())
}

// notYetSupported asks the generator, by a method for each option.
func notYetSupported(t *testing.T) []annotations.Name {
	t.Helper()
	book := newBook(t)
	var source strings.Builder
	source.WriteString("package p\n\nimport \"context\"\n\ntype R interface {\n")
	specs := annotations.Options()
	line := strings.Count(source.String(), "\n")
	for i, spec := range specs {
		fmt.Fprintf(&source, "\t//cache:%s\n\tM%d(ctx context.Context) (string, error)\n", spec.Examples[0], i)
	}
	source.WriteString("}\n")
	book.write(t, "p/p.go", source.String())
	out, err := book.command(t, "go", "tool", "cachegen", "vet", "-json", "./p")
	if err == nil {
		t.Fatalf("nothing is wrong with\n%s", &source)
	}
	var names []annotations.Name
	for text := range strings.Lines(out) {
		var finding struct {
			Line int
			Rule string
		}
		if !strings.HasPrefix(text, "{") { // the go command's word on the exit status
			continue
		}
		if err := json.Unmarshal([]byte(text), &finding); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if finding.Rule == "not-yet" {
			names = append(names, specs[(finding.Line-line-1)/2].Name)
		}
	}
	return names
}

// TestReadmePicture holds the picture of the example in docs/crm.svg against the page that
// cachegen explain makes of it.
func TestReadmePicture(t *testing.T) {
	cmd := exec.CommandContext(t.Context(),
		"go", "tool", "cachegen", "explain", "-format", "html", "./crm/crm")
	cmd.Dir = filepath.Join(moduleRoot(t), "examples")
	html, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := picture(t, string(html))
	have, err := os.ReadFile(filepath.Join(moduleRoot(t), "docs", "crm.svg"))
	if string(have) == want {
		return
	}
	if *update {
		writeRoot(t, "docs/crm.svg", want)
	}
	t.Errorf("docs/crm.svg is out of date (%v); write it with -update", err)
}

// picture takes the picture out of a page, with the style of the page and without what only a
// pointer can reach.
func picture(t *testing.T, html string) string {
	t.Helper()
	_, rest, _ := strings.Cut(html, "<style>")
	style, _, styled := strings.Cut(rest, "</style>")
	_, rest, _ = strings.Cut(html, "<svg ")
	svg, _, drawn := strings.Cut(rest, "</svg>")
	attributes, body, _ := strings.Cut(svg, ">")
	if !styled || !drawn {
		t.Fatalf("no picture in\n%s", html)
	}
	// The page is dark where its reader likes that. Of a picture in a page of others, only the
	// page knows whether it is dark.
	style = regexp.MustCompile(`(?s)@media.*?\n}\n`).ReplaceAllString(style, "")
	style = strings.ReplaceAll(style, "color-scheme: light dark; ", "")
	for _, selector := range []string{"body", "h1", "code", ".picture", "svg.picked", "table", "td"} {
		style = regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(selector)+`\b.*\n`).ReplaceAllString(style, "")
	}
	body = regexp.MustCompile(`<title>[^<]*</title>`).ReplaceAllString(body, "")
	body = regexp.MustCompile(`<a href="[^"]*" class="([^"]*)"[^>]*>`).ReplaceAllString(body, `<g class="$1">`)
	body = strings.ReplaceAll(body, "</a>", "</g>")
	body = regexp.MustCompile(` data-\w+="\d+"`).ReplaceAllString(body, "")
	const paper = `<rect width="100%" height="100%" rx="6" fill="#fff"/>`
	return "<svg " + attributes + ">\n<style>" + style + "</style>\n" + paper + body + "</svg>\n"
}

// TestRedisPermissions: the user in examples/crm/redis.acl, which docs/redis.md shows, may send
// each command that the runtime sends, also where no test of the example makes it do so.
func TestRedisPermissions(t *testing.T) {
	entry := regexp.MustCompile(`(?m)^\t"([A-Z]+)": +"\d.*`)
	words := strings.Fields(readRoot(t, "examples/crm/redis.acl"))
	found := 0
	err := filepath.WalkDir(filepath.Join(moduleRoot(t), "runtime"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "commands_test.go" {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range entry.FindAllStringSubmatch(string(source), -1) {
			found++
			if strings.Contains(m[0], "no ACL takes it away") {
				continue // an older server has no name for it there
			}
			if !slices.Contains(words, "+"+strings.ToLower(m[1])) {
				t.Errorf("examples/crm/redis.acl leaves out %s, which %s lists", m[1], path)
			}
		}
		return err
	})
	if err != nil || found == 0 {
		t.Errorf("no list of commands under runtime/ (%v)", err)
	}
}

// TestReadmeSample: what the README shows of the example is a part of what it prints.
func TestReadmeSample(t *testing.T) {
	walk := readRoot(t, "examples/crm/testdata/embedded.golden")
	for _, b := range readPage(t, "README.md").blocks {
		if strings.HasPrefix(b.text, "acme reads") {
			if !strings.Contains(walk, steady(b.text)) {
				t.Errorf("README.md:%d: the example does not print\n%s", b.line, steady(b.text))
			}
			return
		}
	}
	t.Error("README.md shows nothing of the example")
}

// TestReadmeVersions: the versions in keys of the example are those of its generated code.
func TestReadmeVersions(t *testing.T) {
	generated := readRoot(t, "examples/crm/crm/contacts_cachegen.go")
	for _, p := range written(t) {
		for n, line := range strings.Split(p.text, "\n") {
			v := fingerprint.FindString(line)
			if v != "" && strings.Contains(line, "crm:acme:contact:") && !strings.Contains(generated, `"`+v[2:]+`"`) {
				t.Errorf("%s:%d: no read of the example has the version %s", p.name, n+1, v[1:])
			}
		}
	}
}

// TestContributingMap: the map of the code has a line for each package.
func TestContributingMap(t *testing.T) {
	text := readRoot(t, "CONTRIBUTING.md")
	cmd := exec.CommandContext(t.Context(), "go", "list", "./...")
	cmd.Dir = moduleRoot(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if name := strings.TrimPrefix(path, module+"/"); !strings.Contains(text, "| `"+name+"` |") {
			t.Errorf("CONTRIBUTING.md has no line for %s", name)
		}
	}
}
