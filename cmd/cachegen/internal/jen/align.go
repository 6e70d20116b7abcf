package jen

import (
	"slices"
	"unicode/utf8"
)

// writer collects lines. What stands in columns is padded at the end, the way text/tabwriter does for gofmt: a cell ends at a mark, and cells of
// consecutive lines are as wide as the widest.
type writer struct {
	out    []byte
	lines  []lineStart
	marks  []mark
	indent int
}

type lineStart struct {
	at      int  // where it begins, behind its indentation
	section bool // no column goes on from the line before
}

// mark is the end of a cell.
type mark struct {
	at, line int
	tab      bool // an empty column stays; before comments only
}

func (w *writer) write(s string) { w.out = append(w.out, s...) }

// line is the index of the current line.
func (w *writer) line() int { return len(w.lines) - 1 }

// newline begins a line, perhaps with an empty one before it.
func (w *writer) newline(empty, section bool) {
	if empty {
		w.out = append(w.out, '\n')
		w.lines = append(w.lines, lineStart{at: len(w.out)})
	}
	w.out = append(w.out, '\n')
	for range w.indent {
		w.out = append(w.out, '\t')
	}
	w.lines = append(w.lines, lineStart{len(w.out), section})
}

// cell ends a cell here, where a blank would be.
func (w *writer) cell() { w.marks = append(w.marks, mark{at: len(w.out), line: w.line()}) }

// align returns head and all lines, padded.
func (w *writer) align(head []byte) []byte {
	if len(w.out) == 0 {
		return head
	}
	pads := make([]int, len(w.marks))
	for i := 0; i < len(w.marks); {
		i = w.alignRun(i, pads)
	}
	size := len(head) + len(w.out) + 1
	for _, n := range pads {
		size += n
	}
	out := append(slices.Grow([]byte(nil), size), head...)
	from := 0
	for i, m := range w.marks {
		out = append(out, w.out[from:m.at]...)
		for range pads[i] {
			out = append(out, ' ')
		}
		from = m.at
	}
	out = append(out, w.out[from:]...)
	return append(out, '\n')
}

// alignRun pads the consecutive lines that begin with mark i, and returns the mark after them.
func (w *writer) alignRun(i int, pads []int) int {
	// rows are the first marks of the lines, and the end.
	rows := []int{i}
	for j := i + 1; ; j++ {
		if j < len(w.marks) && w.marks[j].line == w.marks[j-1].line {
			continue
		}
		rows = append(rows, j)
		if j == len(w.marks) || w.marks[j].line != w.marks[j-1].line+1 || w.lines[w.marks[j].line].section {
			break
		}
	}
	for column, more := 0, true; more; column++ {
		more = false
		for r := 0; r < len(rows)-1; {
			end := r
			width, empty := 0, true
			for ; end < len(rows)-1 && rows[end]+column < rows[end+1]; end++ {
				m := rows[end] + column
				n := w.width(m, column)
				width = max(width, n+1)
				empty = empty && n == 0 && !w.marks[m].tab
			}
			for ; r < end; r++ {
				m := rows[r] + column
				if !empty {
					pads[m] = width - w.width(m, column)
				}
				more = true
			}
			r = end + 1
		}
	}
	return rows[len(rows)-1]
}

// width is that of the cell which ends at mark m, the one of that number in its line.
func (w *writer) width(m, column int) int {
	from := w.lines[w.marks[m].line].at
	if column > 0 {
		from = w.marks[m-1].at
	}
	return utf8.RuneCount(w.out[from:w.marks[m].at])
}
