package explain

import (
	"fmt"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// mermaid prints a flowchart: writes on the left, reads on the right, patterns on the arrows.
func (v *view) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, r := range v.Repositories {
		if !drawn(r) {
			continue
		}
		fmt.Fprintf(&b, "  subgraph r%d [\"%s\"]\n", i, mermaidText(v.title(&v.Repositories[i])))
		for _, m := range r.Methods {
			n := v.byID[m.ID].number
			switch m.Kind {
			case model.KindRead:
				fmt.Fprintf(&b, "    n%d[\"%s<br/>%s<br/>%s\"]\n", n, mermaidText(m.Name), mermaidText(m.Read.Key), mermaidText(life(m.Read)))
			case model.KindWrite:
				fmt.Fprintf(&b, "    n%d([\"%s\"])\n", n, mermaidText(m.Name))
			}
		}
		b.WriteString("  end\n")
	}
	for _, e := range v.edges() {
		fmt.Fprintf(&b, "  n%d -->|\"%s\"| n%d\n", e.from.number, mermaidText(e.pattern), e.to.number)
	}
	return b.String()
}

// mermaidText escapes what has a meaning within quotes: # begins an entity, ` Markdown.
func mermaidText(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "&", "#amp;", "*", "#42;", "_", "#95;").Replace(s)
}

// dot prints a graph for Graphviz.
func (v *view) dot() string {
	var b strings.Builder
	b.WriteString("digraph cachegen {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"monospace\", fontsize=9];\n")
	for i, r := range v.Repositories {
		if !drawn(r) {
			continue
		}
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s;\n    tooltip=%s;\n", i, dotText(v.title(&v.Repositories[i])), dotText(r.Package))
		for _, m := range r.Methods {
			n := v.byID[m.ID].number
			switch m.Kind {
			case model.KindRead:
				fmt.Fprintf(&b, "    n%d [shape=box, label=%s];\n", n, dotText(m.Name+"\n"+m.Read.Key+"\n"+life(m.Read)))
			case model.KindWrite:
				fmt.Fprintf(&b, "    n%d [shape=ellipse, label=%s];\n", n, dotText(m.Name))
			}
		}
		b.WriteString("  }\n")
	}
	for _, e := range v.edges() {
		fmt.Fprintf(&b, "  n%d -> n%d [label=%s];\n", e.from.number, e.to.number, dotText(e.pattern))
	}
	b.WriteString("}\n")
	return b.String()
}

func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// drawn reports whether a repository has anything for a picture.
func drawn(r model.Repository) bool {
	for _, m := range r.Methods {
		if m.Kind == model.KindRead || m.Kind == model.KindWrite {
			return true
		}
	}
	return false
}
