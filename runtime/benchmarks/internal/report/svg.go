package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
)

// The measures of a picture, in pixels.
const (
	panelWidth = 440
	nameWidth  = 176 // of the names, left of the bars
	barWidth   = 180 // of the longest bar
	lineHeight = 18
	headHeight = 44 // of the heading of a panel
	margin     = 16
)

// The least ratio that is told apart: shorter bars are all of this length.
const leastRatio = 0.2

// SVG draws the bars of tables: a panel for each column that has some, two side by side. The row
// whose name is own stands out. Lengths are logarithmic, as ratios are; the text beside each bar
// has the number. The picture follows the reader's light or dark mode, and says in words what it
// is: title and description.
func SVG(title, description, own string, tables ...*Table) []byte {
	var panels []panel
	for _, t := range tables {
		for column := 1; column < len(t.Columns); column++ {
			p := panel{title: t.Title, unit: t.Columns[column]}
			for _, row := range t.Rows {
				if column-1 < len(row.Bars) && !math.IsNaN(row.Bars[column-1]) {
					p.bars = append(p.bars, bar{row.Name, row.Bars[column-1]})
				}
			}
			if len(p.bars) > 0 {
				slices.SortStableFunc(p.bars, func(a, b bar) int {
					switch {
					case a.ratio < b.ratio:
						return -1
					case a.ratio > b.ratio:
						return 1
					}
					return 0
				})
				panels = append(panels, p)
			}
		}
	}
	var body bytes.Buffer
	bottoms := [2]int{margin, margin} // of the two columns of panels
	for _, p := range panels {
		column := 0
		if bottoms[1] < bottoms[0] {
			column = 1
		}
		p.draw(&body, margin+column*panelWidth, bottoms[column], own)
		bottoms[column] += headHeight + lineHeight*len(p.bars) + margin
	}
	width, height := 2*panelWidth+margin, max(bottoms[0], bottoms[1])
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escape(title), escape(description))
	b.WriteString(style)
	fmt.Fprintf(&b, "<rect class=\"ground\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", width, height)
	b.Write(body.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

const style = `<style>
  .ground { fill: #ffffff }
  text { font: 11px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .head { font-weight: 600; font-size: 12px }
  .unit, .value { fill: #59636e }
  .bar { fill: #8c959f }
  .own { fill: #0969da }
  text.own { font-weight: 600 }
  .one { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 }
    text { fill: #f0f6fc }
    .unit, .value { fill: #9198a1 }
    .bar { fill: #656c76 }
    .own { fill: #4493f8 }
    .one { stroke: #3d444d }
  }
</style>
`

type panel struct {
	title, unit string
	bars        []bar
}

type bar struct {
	name  string
	ratio float64
}

func (p panel) draw(b *bytes.Buffer, x, y int, own string) {
	most := 1.0
	for _, bar := range p.bars {
		most = max(most, bar.ratio)
	}
	length := func(ratio float64) float64 {
		return barWidth * math.Log(max(ratio, leastRatio*1.02)/leastRatio) / math.Log(most/leastRatio)
	}
	fmt.Fprintf(b, "<g transform=\"translate(%d %d)\">\n", x, y)
	fmt.Fprintf(b, "<text class=\"head\" y=\"12\">%s</text>\n<text class=\"unit\" y=\"28\">%s; logarithmic</text>\n", escape(p.title), escape(p.unit))
	one := nameWidth + length(1)
	fmt.Fprintf(b, "<line class=\"one\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", one, one, headHeight-8, headHeight+lineHeight*len(p.bars))
	for i, bar := range p.bars {
		class, middle := "bar", headHeight+lineHeight*i+lineHeight/2
		mine := bar.name == own
		if mine {
			class = "own"
		}
		fmt.Fprintf(b, "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", map[bool]string{true: "own", false: "name"}[mine], nameWidth-8, middle, escape(bar.name))
		fmt.Fprintf(b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n", class, nameWidth, middle-10, length(bar.ratio), lineHeight-6)
		fmt.Fprintf(b, "<text class=\"value\" x=\"%.1f\" y=\"%d\">%s</text>\n", nameWidth+length(bar.ratio)+6, middle, ratio(bar.ratio))
	}
	b.WriteString("</g>\n")
}

func ratio(v float64) string {
	if v >= 9.95 {
		return fmt.Sprintf("%.0fx", v)
	}
	return fmt.Sprintf("%.1fx", v)
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a Buffer accepts everything
	return b.String()
}
