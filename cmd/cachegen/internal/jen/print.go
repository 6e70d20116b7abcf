package jen

import (
	"fmt"
	"strings"
	"sync"
)

// printer prints statements. Those it is in the middle of are flat on a stack: their tokens, with what is nested in them in its place, and without
// what is nothing.
type printer struct {
	writer
	src   *File
	stack []item
	ops   []binary // of the expressions it is in the middle of
}

// printers are those that are done: the next file is likely to need as much room as the last.
var printers = sync.Pool{New: func() any { return new(printer) }}

func newPrinter(f *File) *printer {
	p := printers.Get().(*printer)
	clear(p.stack[:cap(p.stack)]) // lest it keep the last file
	*p = printer{writer: writer{out: p.out[:0], lines: p.lines[:0], marks: p.marks[:0]}, src: f, stack: p.stack[:0], ops: p.ops[:0]}
	p.lines = append(p.lines, lineStart{})
	return p
}

// mistake gives up, and says where.
func (p *printer) mistake(format string, args ...any) {
	panic(mistake(fmt.Sprintf(format, args...) + fmt.Sprintf(" after %q", p.out[p.lines[p.line()].at:])))
}

// span is a part of the stack.
type span struct{ lo, hi int }

func (s span) empty() bool { return s.lo >= s.hi }

// flat puts a statement on the stack.
func (p *printer) flat(c Code) span {
	lo := len(p.stack)
	p.flatten(c.statement())
	return span{lo, len(p.stack)}
}

// drop takes the topmost statement off the stack again.
func (p *printer) drop(s span) { p.stack = p.stack[:s.lo] }

func (p *printer) flatten(s *Statement) {
	if s == nil {
		return
	}
	for i := range s.items {
		switch x := &s.items[i]; {
		case x.kind == nested:
			p.flatten(x.sub)
		case x.kind == group && x.list.shape >= joined:
			between := item{kind: comma, text: ","}
			if x.list.shape == infix {
				between = item{kind: op, text: x.list.between}
			}
			for n, e := range x.list.elements() {
				if n > 0 && x.list.shape != plain {
					p.stack = append(p.stack, between)
				}
				p.flatten(e.statement())
			}
		case x.kind == word && x.text == "", x.kind == group && x.list.shape == typeArgs && len(x.list.elements()) == 0:
		default:
			p.stack = append(p.stack, *x)
		}
	}
}

func (p *printer) is(i int, s span, k kind, text string) bool {
	return i < s.hi && p.stack[i].kind == k && p.stack[i].text == text
}

// isGroup reports whether there is a list of one of these shapes.
func (p *printer) isGroup(i int, s span, shapes ...shape) bool {
	if i >= s.hi || p.stack[i].kind != group {
		return false
	}
	for _, x := range shapes {
		if p.stack[i].list.shape == x {
			return true
		}
	}
	return false
}

func commentText(text string) string {
	text = strings.TrimRight(text, " \t\n")
	switch {
	case strings.HasPrefix(text, "//"), strings.HasPrefix(text, "/*"):
		return text
	case strings.Contains(text, "\n"):
		lines := strings.Split(text, "\n")
		for i, l := range lines {
			lines[i] = strings.TrimRight("// "+l, " \t")
		}
		return strings.Join(lines, "\n")
	}
	return "// " + text
}

// comment prints a comment on lines of its own.
func (p *printer) comment(text string) {
	for i, l := range strings.Split(commentText(text), "\n") {
		if i > 0 {
			p.newline(false, true)
		}
		p.write(l)
	}
}

// lineComment prints a comment behind what is on the line, after so many empty columns.
func (p *printer) lineComment(text string, columns int) {
	for range columns {
		p.cell()
	}
	if columns == 0 {
		p.cell()
		p.marks[len(p.marks)-1].tab = true
	}
	p.write(strings.ReplaceAll(commentText(text), "\n", " "))
}

// trailing takes the comment off the end of a statement.
func (p *printer) trailing(s span) (rest span, text string, found bool) {
	if s.hi-s.lo > 1 && p.stack[s.hi-1].kind == comment {
		return span{s.lo, s.hi - 1}, p.stack[s.hi-1].text, true
	}
	return s, "", false
}

// file prints declarations.
func (p *printer) file(decls []Code) {
	var last string // the keyword of the declaration before
	first, empty, commented := true, false, false
	p.each(decls, func(s span) {
		if p.stack[s.lo].kind == line {
			empty = true
			return
		}
		token := p.stack[s.lo].text
		isComment := p.stack[s.lo].kind == comment
		if !first {
			apart := empty || !commented && (isComment || token != last)
			p.newline(apart, isComment || commented)
		}
		first, empty, commented = false, false, isComment
		start := p.line()
		p.stmt(s)
		if start < p.line() && token == "func" {
			p.lines[start].section = true
		}
		if !isComment {
			last = token
		}
	})
}

// each calls f with the statements in a list, one after the other on the stack: an element has more than one if there are line breaks in it.
func (p *printer) each(list []Code, f func(span)) {
	for _, c := range list {
		if isNull(c) {
			continue
		}
		s := p.flat(c)
		for lo := s.lo; lo < s.hi; {
			hi := lo + 1
			if p.stack[lo].kind != line {
				for hi < s.hi && p.stack[hi].kind != line {
					hi++
				}
			}
			f(span{lo, hi})
			if lo = hi; p.stack[hi-1].kind != line && hi+1 < s.hi {
				lo++ // a line break within an element ends a statement, and leaves no empty line
			}
		}
		p.drop(s)
	}
}

// block prints statements in braces, each on a line.
func (p *printer) block(list []Code) {
	p.write("{")
	p.indent++
	p.statements(list)
	p.indent--
	p.newline(false, true)
	p.write("}")
}

func (p *printer) statements(list []Code) {
	indent := p.indent
	first, empty, from := true, false, 0
	p.each(list, func(s span) {
		if p.stack[s.lo].kind == line {
			empty = !first
			return
		}
		isClause := p.isGroup(s.lo, s, caseClause) || p.is(s.lo, s, keyword, "default")
		if isClause || p.isLabel(s) {
			p.indent = indent - 1
		}
		p.newline(empty, first || isClause || from < p.line() || p.stack[s.lo].kind == comment)
		first, empty, from = false, false, p.line()
		p.stmt(s)
		p.indent = indent
	})
}

func (p *printer) isLabel(s span) bool { return p.stack[s.lo].kind == word && p.is(s.lo+1, s, op, ":") }

// stmt prints one statement or declaration.
func (p *printer) stmt(s span) {
	if p.stack[s.lo].kind == comment {
		p.comment(p.stack[s.lo].text)
		return
	}
	s, text, commented := p.trailing(s)
	p.bare(s)
	if commented {
		p.lineComment(text, 0)
	}
}

// bare prints a statement without the comment behind it.
func (p *printer) bare(s span) {
	switch first := p.stack[s.lo]; first.kind {
	case keyword:
		p.keyword(s)
		return
	case group:
		switch first.list.shape {
		case block:
			p.block(first.list.elems)
			return
		case ifClause, forClause, switchClause:
			p.control(s)
			return
		case caseClause:
			p.write("case ")
			if e := first.list.elements(); len(e) == 1 {
				x := p.flat(e[0])
				p.simple(x)
				p.drop(x)
			} else {
				p.elements(e, 1)
			}
			p.clause(s)
			return
		case result:
			p.result(first.list.elements())
			return
		}
	case word:
		if p.isLabel(s) {
			p.write(first.text)
			p.write(":")
			p.indent++
			if s.lo+2 < s.hi {
				p.newline(false, true)
				p.bare(span{s.lo + 2, s.hi})
			}
			return
		}
	}
	p.simple(s)
}

// keyword prints a statement that begins with one.
func (p *printer) keyword(s span) {
	text := p.stack[s.lo].text
	rest := span{s.lo + 1, s.hi}
	switch text {
	case "var", "const", "type":
		p.write(text)
		p.write(" ")
		switch {
		case p.isGroup(rest.lo, rest, defs):
			p.defs(text, p.stack[rest.lo].list.elems)
		case text == "type":
			p.typeSpec(rest, false)
		default:
			p.valueSpec(rest)
		}
	case "func":
		if p.isDecl(rest) {
			p.funcDecl(rest)
		} else {
			p.simple(s)
		}
	case "default":
		p.write(text)
		p.clause(s)
	case "select":
		p.write("select ")
		if list := p.stack[rest.lo].list.elems; len(list) == 0 {
			p.write("{}")
		} else {
			p.block(list)
		}
	case "defer", "go":
		p.write(text)
		p.write(" ")
		p.expr(rest, 1)
	case "break", "continue", "goto", "fallthrough":
		p.write(text)
		if !rest.empty() {
			p.write(" ")
			p.expr(rest, 1)
		}
	default: // chan, as a type
		p.simple(s)
	}
}

// clause prints what is in a case, behind its colon. The case itself is where the switch is.
func (p *printer) clause(s span) {
	p.write(":")
	p.indent++
	if p.isGroup(s.lo+1, s, block) {
		p.statements(p.stack[s.lo+1].list.elems)
		return
	}
	if s.lo+1 < s.hi {
		p.newline(false, true)
		p.bare(span{s.lo + 1, s.hi})
	}
}

// control prints if, for and switch, with all that is else.
func (p *printer) control(s span) {
	clause := p.stack[s.lo].list
	switch clause.shape {
	case ifClause:
		p.write("if ")
	case forClause:
		p.write("for ")
	case switchClause:
		p.write("switch ")
	}
	p.header(clause)
	i := s.lo + 1
	if !p.isGroup(i, s, block) {
		p.mistake("no block")
	}
	p.block(p.stack[i].list.elems)
	if i++; p.is(i, s, keyword, "else") {
		p.write(" else ")
		p.bare(span{i + 1, s.hi})
	}
}

// header prints the clauses between the keyword and the brace, and a blank.
func (p *printer) header(l *list) {
	top := len(p.stack)
	var spans []span
	for _, e := range l.elements() {
		spans = append(spans, p.flat(e))
	}
	if len(spans) == 3 && spans[0].empty() && spans[2].empty() || len(spans) == 2 && spans[0].empty() {
		spans = spans[1:2]
	}
	for i, s := range spans {
		last := i == len(spans)-1
		if len(spans) < 3 && last || i == 1 {
			s = p.stripParens(s)
		}
		if !s.empty() {
			p.simple(s)
		}
		switch {
		case !last:
			p.write("; ")
		case !s.empty() || len(spans) == 2:
			p.write(" ")
		}
	}
	p.stack = p.stack[:top]
}

// result prints a return. More than one element on several lines indents them all, as gofmt has it.
func (p *printer) result(list []Code) {
	p.write("return")
	if len(list) == 0 {
		return
	}
	p.write(" ")
	out, lines, marks := len(p.out), len(p.lines), len(p.marks)
	if p.elements(list, 1) > 1 {
		p.out, p.lines, p.marks = p.out[:out], p.lines[:lines], p.marks[:marks]
		p.indent++
		p.elements(list, 1)
		p.indent--
	}
}
