package explain

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"unicode/utf8"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

//go:embed page.html
var page string

var pageTemplate = template.Must(template.New("page").Parse(page))

// html prints a page that needs nothing else: the picture as SVG, the same in tables below, and a
// few lines of script that follow the pointer.
func (v *view) html(w io.Writer) error {
	return pageTemplate.Execute(w, v.layout())
}

// The picture's measures, in pixels. Writes stand on the left, one line for each pattern; reads on
// the right, with their keys.
const (
	rowHeight  = 20
	headHeight = 34 // of a repository
	gap        = 8  // between methods
	margin     = 16 // between repositories
	letter     = 7.4
	lines      = 220 // the room for the arrows
)

// drawing is the picture, laid out.
type drawing struct {
	Pattern               string
	Title                 string
	Width, Height, Band   float64
	LeftWidth, RightWidth float64
	Right                 float64 // where reads begin
	Groups                []group
	Arrows                []arrow
	Sections              []section
}

type group struct {
	Name, Package string
	Y, Height     float64
	Boxes         []box
}

type box struct {
	Number     int
	Read       bool
	X, Y, W, H float64
	Name       string
	Rows       []row
	Alone      bool // a read that nothing invalidates
	Tip        string
}

type row struct {
	X, Y float64
	Text string
}

type arrow struct {
	From, To int
	Path     string
	Pattern  string
}

type section struct {
	model.Repository
	Reads, Writes []entry
	Others        []string
}

type entry struct {
	Number int
	Name   string
	Line   int
	Key    string
	Life   string
	Tenant string
	Clone  string
	Stale  string
	Drops  string
	Manner string
	Alone  bool
	Goals  []goal
}

type goal struct{ Verb, Pattern, Whose, Reads string }

// layout places the boxes: a band for each repository, in it the writes on the left and the reads
// on the right, in source order.
func (v *view) layout() *drawing {
	d := &drawing{Pattern: v.Pattern}
	d.Title = fmt.Sprintf("%s, %s", plural(v.count(model.KindRead), "cached read"), plural(v.count(model.KindWrite), "write"))
	v.widths(d)
	ends := arrowEnds{heads: make(map[string]float64)}
	y := float64(margin)
	for i := range v.Repositories {
		r := &v.Repositories[i]
		d.Sections = append(d.Sections, v.section(r))
		if drawn(*r) {
			g := v.group(d, r, y, &ends)
			d.Groups = append(d.Groups, g)
			y += g.Height + margin
		}
	}
	d.Height = y
	v.arrows(d, ends)
	return d
}

// widths gives both columns the room that their longest lines need.
func (v *view) widths(d *drawing) {
	left, right := 14, 14 // letters
	for _, r := range v.Repositories {
		for _, m := range r.Methods {
			switch m.Kind {
			case model.KindRead:
				right = max(right, letters(m.Name)+2, letters(m.Read.Key)+2, letters(life(m.Read))+2)
			case model.KindWrite:
				left = max(left, letters(m.Name)+2)
				for _, t := range targets(m.Change) {
					left = max(left, letters(t.Pattern)+4)
				}
			}
		}
	}
	d.LeftWidth, d.RightWidth = float64(min(left, 70))*letter+16, float64(min(right, 70))*letter+16
	d.Right = margin + d.LeftWidth + lines
	d.Width = d.Right + d.RightWidth + margin
	d.Band = d.Width - 8
}

// arrowEnds is where arrows begin and end.
type arrowEnds struct {
	heads map[string]float64 // by read
	tails []arrowTail
}

type arrowTail struct {
	at      place
	y       float64
	pattern model.Target
}

// group places the methods of one repository.
func (v *view) group(d *drawing, r *model.Repository, y float64, ends *arrowEnds) group {
	g := group{Name: r.Name, Package: r.Package, Y: y}
	leftY, rightY := y+headHeight, y+headHeight
	for _, m := range r.Methods {
		switch m.Kind {
		case model.KindRead:
			b := v.readBox(d, &m, rightY)
			ends.heads[m.ID] = rightY + b.H/2
			rightY += b.H + gap
			g.Boxes = append(g.Boxes, b)
		case model.KindWrite:
			b := v.writeBox(d, &m, leftY, ends)
			leftY += b.H + gap
			g.Boxes = append(g.Boxes, b)
		}
	}
	g.Height = max(leftY, rightY) + 4 - g.Y
	return g
}

func (v *view) readBox(d *drawing, m *model.Node, y float64) box {
	b := box{Number: v.byID[m.ID].number, Name: m.Name, Read: true, X: d.Right + 8, W: d.RightWidth - 16, Y: y, H: 3 * rowHeight}
	b.Alone = len(m.Read.InvalidatedBy) == 0
	b.Rows = []row{{b.X + 8, y + 2*rowHeight - 6, clip(m.Read.Key)}, {b.X + 8, y + 3*rowHeight - 8, clip(life(m.Read))}}
	b.Tip = m.Read.Key + "\n" + life(m.Read) + "\nfor " + tenant(m.Read.Tenant) + "\n" + clone(m.Read) + staleWith(m.Read)
	return b
}

// writeBox has a line for each pattern, where the arrows of that begin.
func (v *view) writeBox(d *drawing, m *model.Node, y float64, ends *arrowEnds) box {
	at := v.byID[m.ID]
	b := box{Number: at.number, Name: m.Name, X: margin + 8, W: d.LeftWidth - 16, Y: y, H: rowHeight}
	for _, t := range targets(m.Change) {
		b.Rows = append(b.Rows, row{b.X + 16, y + b.H + rowHeight - 6, clip(t.Pattern)})
		ends.tails = append(ends.tails, arrowTail{at, y + b.H + rowHeight/2, t})
		b.H += rowHeight
	}
	b.H += 4
	b.Tip = m.Name + " " + manner(m.Change)
	return b
}

// arrows draws a curve from each pattern to each read that it reaches.
func (v *view) arrows(d *drawing, ends arrowEnds) {
	x1, x2 := margin+d.LeftWidth-8, d.Right+8
	bend := (x2 - x1) / 2
	for _, t := range ends.tails {
		for _, read := range t.pattern.Reads {
			to, ok := v.byID[read.Method]
			if !ok {
				continue
			}
			y2 := ends.heads[read.Method]
			path := fmt.Sprintf("M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f", x1, t.y, x1+bend, t.y, x2-bend, y2, x2, y2)
			d.Arrows = append(d.Arrows, arrow{t.at.number, to.number, path, t.pattern.Pattern})
		}
	}
}

func (v *view) section(r *model.Repository) section {
	s := section{Repository: *r}
	for _, m := range r.Methods {
		e := entry{Number: v.byID[m.ID].number, Name: m.Name, Line: m.Line}
		switch m.Kind {
		case model.KindRead:
			e.Key, e.Life, e.Tenant, e.Clone = m.Read.Key, life(m.Read), tenant(m.Read.Tenant), clone(m.Read)+staleWith(m.Read)
			e.Stale, e.Drops, e.Alone = v.staleBy(m.Read, r), v.drops(m.Read), len(m.Read.InvalidatedBy) == 0
			s.Reads = append(s.Reads, e)
		case model.KindWrite:
			e.Manner = manner(m.Change)
			for _, t := range m.Change.Puts {
				stored, tagged := v.puts(t, r)
				e.Goals = append(e.Goals, goal{"puts", t.Pattern, whose(t), stored})
				if tagged != "" {
					e.Goals = append(e.Goals, goal{"invalidates what goes stale with", t.Pattern, whose(t), tagged})
				}
			}
			for _, t := range m.Change.Invalidates {
				e.Goals = append(e.Goals, goal{"invalidates", t.Pattern, whose(t), v.targets(t, r)})
			}
			s.Writes = append(s.Writes, e)
		case model.KindTx:
			s.Others = append(s.Others, m.Name+" (inside transactions)")
		case model.KindRefused:
			s.Others = append(s.Others, m.Name+" (with findings)")
		default:
			s.Others = append(s.Others, m.Name)
		}
	}
	return s
}

func letters(s string) int { return utf8.RuneCountInString(s) }

// clip shortens what does not fit into a box; the tables have all of it.
func clip(s string) string {
	if runes := []rune(s); len(runes) > 66 {
		return string(runes[:65]) + "…"
	}
	return s
}
