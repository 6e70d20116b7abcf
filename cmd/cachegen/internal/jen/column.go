package jen

import "math"

// elements prints expressions with commas between them, and returns how many took several lines.
func (p *printer) elements(list []Code, depth int) (long int) {
	for i, e := range list {
		if i > 0 {
			p.write(", ")
		}
		line := p.line()
		s := p.flat(e)
		p.pair(s, depth)
		p.drop(s)
		if line < p.line() {
			long++
		}
	}
	return long
}

// pair prints an element of a list: an expression, several, or key: value.
func (p *printer) pair(s span, depth int) {
	if i := p.colon(s); i >= 0 {
		p.expr(span{s.lo, i}, 1)
		p.write(": ")
		p.expr(span{i + 1, s.hi}, 1)
		return
	}
	p.exprs(s, depth)
}

// colon is the index of the colon behind a key, or -1.
func (p *printer) colon(s span) int {
	for i := s.lo; i < s.hi; i++ {
		if p.stack[i].kind == op && p.stack[i].text == ":" {
			return i
		}
	}
	return -1
}

// countArgs is the number of arguments in a call: its elements may be lists themselves.
func (p *printer) countArgs(l *list) int {
	n := 0
	for _, e := range l.elements() {
		s := p.flat(e)
		n += 1 + p.commas(s)
		p.drop(s)
	}
	return n
}

// column prints the elements of a list with each on a line of its own. Values of keys stand in a column, if they are on one line and the keys have
// about the same length; the rules are those of go/printer.
func (p *printer) column(list []Code, depth int) {
	const small, threshold = 40, 2.5
	var sum float64
	count, size := 0, 0
	p.indent++
	for i, e := range list {
		s := p.flat(e)
		if p.stack[s.lo].kind == comment {
			p.newline(false, true)
			p.comment(p.stack[s.lo].text)
			p.drop(s)
			continue
		}
		p.newline(false, i == 0)
		start, from := p.line(), len(p.out)
		last := size
		if colon := p.colon(s); colon >= 0 {
			p.expr(span{s.lo, colon}, 1)
			p.write(":")
			size = len(p.out) - from - 1
			at := len(p.out)
			p.write(" ")
			marks := len(p.marks)
			p.expr(span{colon + 1, s.hi}, 1)
			if start == p.line() && len(list) > 1 {
				// The blank gives way to the column's.
				p.out = append(p.out[:at], p.out[at+1:]...)
				p.marks = append(p.marks[:marks], mark{at: at, line: start})
			}
		} else {
			p.exprs(s, depth)
			size = len(p.out) - from
		}
		p.write(",")
		if start != p.line() {
			size = 0
		}
		if i > 0 {
			section := true
			if last > 0 && size > 0 {
				if count == 0 || last <= small && size <= small {
					section = false
				} else {
					ratio := float64(size) / math.Exp(sum/float64(count))
					section = threshold*ratio <= 1 || threshold <= ratio
				}
			}
			if section {
				p.lines[start].section = true
				sum, count = 0, 0
			}
		}
		if size > 0 {
			sum += math.Log(float64(size))
			count++
		}
		p.drop(s)
	}
	p.indent--
	p.newline(false, true)
}

// enclosed prints a list of expressions in brackets.
func (p *printer) enclosed(open, shut string, l *list, depth int) {
	p.write(open)
	if list := l.elements(); len(list) > 0 {
		if l.multi {
			p.column(list, depth)
		} else {
			p.elements(list, depth)
		}
	}
	p.write(shut)
}
