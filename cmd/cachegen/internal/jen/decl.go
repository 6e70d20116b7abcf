package jen

// isDecl reports whether what is behind func is a declaration: a name, or a receiver and a name.
func (p *printer) isDecl(s span) bool {
	if s.empty() {
		return false
	}
	if p.stack[s.lo].kind == word {
		return true
	}
	return p.isGroup(s.lo, s, params) && s.lo+2 < s.hi && p.stack[s.lo+1].kind == word && p.isGroup(s.lo+2, s, params, call, parens, typeArgs)
}

// funcDecl prints what is behind func.
func (p *printer) funcDecl(s span) {
	start := len(p.out)
	p.write("func ")
	i := s.lo
	if p.isGroup(i, s, params) {
		p.params(p.stack[i].list, "(", ")")
		p.write(" ")
		i++
	}
	p.write(p.stack[i].text)
	i = p.signature(span{i + 1, s.hi})
	if p.isGroup(i, s, block) {
		p.body(p.stack[i].list.elems, start, true)
	}
}

// body prints the body of a function that began at start: {} on the same line if that is short.
func (p *printer) body(list []Code, start int, declared bool) {
	empty := true
	for _, c := range list {
		empty = empty && isNull(c)
	}
	short := 100 // as gofmt has it, which counts the blank after func twice
	if declared {
		short = 99
	}
	if empty && start >= p.lines[p.line()].at && len(p.out)-start <= short {
		if declared { // those of consecutive lines stand in a column
			p.cell()
		} else {
			p.write(" ")
		}
		p.write("{}")
		return
	}
	p.write(" ")
	p.block(list)
}

// signature prints type parameters, parameters and results, and returns the index behind them.
func (p *printer) signature(s span) int {
	i := s.lo
	if p.isGroup(i, s, typeArgs) {
		p.params(p.stack[i].list, "[", "]")
		i++
	}
	if !p.isGroup(i, s, params, call, parens) {
		return i
	}
	p.params(p.stack[i].list, "(", ")")
	i++
	switch {
	case p.isGroup(i, s, params, call, parens):
		p.results(p.stack[i].list)
		return i + 1
	case p.beginsType(i, s):
		end := p.typ(i, s.hi)
		p.write(" ")
		p.expr(span{i, end}, 1)
		return end
	}
	return i
}

// results prints results in parentheses, which a single one without a name does not have.
func (p *printer) results(l *list) {
	list := l.elements()
	if len(list) == 0 {
		return
	}
	p.write(" ")
	if len(list) == 1 {
		s := p.flat(list[0])
		defer p.drop(s)
		if p.commas(s) == 0 && p.typ(s.lo, s.hi) == s.hi {
			p.expr(s, 1)
			return
		}
	}
	p.params(l, "(", ")")
}

// params prints parameters, each names and a type, or a type.
func (p *printer) params(l *list, open, shut string) {
	p.write(open)
	list := l.elements()
	if l.multi && len(list) > 0 {
		p.indent++
	}
	for i, e := range list {
		switch {
		case l.multi:
			p.newline(false, true)
		case i > 0:
			p.write(", ")
		}
		s := p.flat(e)
		p.declared(s)
		p.drop(s)
		if l.multi {
			p.write(",")
		}
	}
	if l.multi && len(list) > 0 {
		p.indent--
		p.newline(false, true)
	}
	p.write(shut)
}

// names is the index behind the names that something is declared with, or the beginning if there are none but a type.
func (p *printer) names(s span) int {
	i := s.lo
	for ; i+1 < s.hi && p.stack[i].kind == word && p.stack[i+1].kind == comma; i += 2 {
	}
	if p.stack[i].kind != word || i+1 == s.hi || p.is(i+1, s, op, "|") || p.stack[i+1].kind == dot {
		return s.lo
	}
	if p.typ(i, s.hi) == s.hi {
		return s.lo
	}
	return i + 1
}

// declared prints names and a type: a, b int.
func (p *printer) declared(s span) {
	i := p.names(s)
	if i > s.lo {
		p.exprs(span{s.lo, i}, 1)
		p.write(" ")
	}
	if i == s.lo {
		p.exprs(s, 1)
		return
	}
	p.expr(span{i, s.hi}, 1)
}

// fields prints the fields of a struct, in columns, or the methods of an interface.
func (p *printer) fields(list []Code, isStruct bool) {
	if len(list) == 0 {
		p.write("{}")
		return
	}
	p.write(" {")
	p.indent++
	columns := isStruct && p.countFields(list) > 1
	first, empty, from := true, false, 0
	p.each(list, func(s span) {
		if p.stack[s.lo].kind == line {
			empty = !first
			return
		}
		isComment := p.stack[s.lo].kind == comment
		p.newline(empty, first || isComment || from < p.line())
		first, empty, from = false, false, p.line()
		switch {
		case isComment:
			p.comment(p.stack[s.lo].text)
		case isStruct:
			p.field(s, columns)
		default:
			p.method(s)
		}
	})
	p.indent--
	p.newline(false, true)
	p.write("}")
}

func (p *printer) countFields(list []Code) int {
	n := 0
	p.each(list, func(s span) {
		if k := p.stack[s.lo].kind; k != line && k != comment {
			n++
		}
	})
	return n
}

// separate ends a column, or writes a blank where there are none.
func (p *printer) separate(columns bool) {
	if columns {
		p.cell()
	} else {
		p.write(" ")
	}
}

func (p *printer) field(s span, columns bool) {
	s, text, commented := p.trailing(s)
	label := ""
	if last := p.stack[s.hi-1]; s.hi-s.lo > 1 && (last.kind == tag || last.kind == word && (last.text[0] == '`' || last.text[0] == '"')) {
		label = last.text
		s.hi--
	}
	missing := 2 // columns
	if i := p.names(s); i > s.lo {
		p.exprs(span{s.lo, i}, 1)
		p.separate(columns)
		p.expr(span{i, s.hi}, 1)
		missing = 1
	} else {
		p.expr(s, 1)
	}
	if label != "" {
		if missing == 1 && columns {
			p.cell()
		}
		p.separate(columns)
		p.write(label)
		missing = 0
	}
	if commented {
		if !columns {
			missing = 0
		}
		p.lineComment(text, missing)
	}
}

func (p *printer) method(s span) {
	s, text, commented := p.trailing(s)
	if p.stack[s.lo].kind == word && p.isGroup(s.lo+1, s, params, call, parens) {
		p.write(p.stack[s.lo].text)
		p.signature(span{s.lo + 1, s.hi})
	} else {
		p.exprs(s, 1)
	}
	if commented {
		p.lineComment(text, 0)
	}
}

// assign is the index of the = in a declaration, or its end.
func (p *printer) assign(s span) int {
	for i := s.lo; i < s.hi; i++ {
		if p.is(i, s, op, "=") {
			return i
		}
	}
	return s.hi
}

// valueSpec prints what is behind var or const: names, a type, values.
func (p *printer) valueSpec(s span) {
	at := p.assign(s)
	left := span{s.lo, at}
	i := p.valueNames(left)
	p.exprs(span{left.lo, i}, 1)
	if i < left.hi {
		p.write(" ")
		p.expr(span{i, left.hi}, 1)
	}
	if at < s.hi {
		p.write(" = ")
		p.exprs(span{at + 1, s.hi}, 1)
	}
}

// typeSpec prints what is behind type: a name, type parameters, a type.
func (p *printer) typeSpec(s span, columns bool) {
	p.write(p.stack[s.lo].text)
	i := s.lo + 1
	if p.isGroup(i, s, typeArgs) {
		p.params(p.stack[i].list, "[", "]")
		i++
	}
	p.separate(columns)
	if p.is(i, s, op, "=") {
		p.write("= ")
		i++
	}
	p.expr(span{i, s.hi}, 1)
}

// defs prints a group of declarations. Names, types and values stand in columns.
func (p *printer) defs(keyword string, list []Code) {
	p.write("(")
	if n := p.countFields(list); n > 0 {
		p.indent++
		types := p.typeColumns(list)
		first, empty, from, spec := true, false, 0, 0
		p.each(list, func(s span) {
			if p.stack[s.lo].kind == line {
				empty = !first
				return
			}
			isComment := p.stack[s.lo].kind == comment
			p.newline(empty, first || isComment || from < p.line())
			first, empty, from = false, false, p.line()
			if isComment {
				p.comment(p.stack[s.lo].text)
				return
			}
			s, text, commented := p.trailing(s)
			missing := 0
			switch {
			case keyword == "type":
				p.typeSpec(s, n > 1)
			case n == 1:
				p.valueSpec(s)
			default:
				missing = p.columns(s, types[spec])
			}
			spec++
			if commented {
				p.lineComment(text, missing)
			}
		})
		p.indent--
		p.newline(false, true)
	}
	p.write(")")
}

// columns prints a value declaration of a group, and returns the number of columns up to its comment.
func (p *printer) columns(s span, hasType bool) (missing int) {
	missing = 3
	at := p.assign(s)
	i := p.valueNames(span{s.lo, at})
	p.exprs(span{s.lo, i}, 1)
	if i < at || hasType {
		p.cell()
		missing--
	}
	p.expr(span{i, at}, 1)
	if at < s.hi {
		p.cell()
		p.write("= ")
		p.exprs(span{at + 1, s.hi}, 1)
		missing--
	}
	return missing
}

// typeColumns says which declarations of a group leave a place for a type: those of a run of declarations with values, one of which has a type.
func (p *printer) typeColumns(list []Code) []bool {
	var columns []bool
	run, hasType := -1, false
	finish := func() {
		for i := run; i >= 0 && i < len(columns); i++ {
			columns[i] = hasType
		}
	}
	p.each(list, func(s span) {
		if k := p.stack[s.lo].kind; k == line || k == comment {
			return
		}
		s, _, _ = p.trailing(s)
		at := p.assign(s)
		switch {
		case at < s.hi && run < 0:
			run, hasType = len(columns), false
		case at == s.hi && run >= 0:
			finish()
			run = -1
		}
		columns = append(columns, false)
		hasType = hasType || p.valueNames(span{s.lo, at}) < at
	})
	finish()
	return columns
}

// valueNames is the index behind the names of a value declaration.
func (p *printer) valueNames(s span) int {
	i := s.lo + 1
	for i+1 < s.hi && p.stack[i].kind == comma {
		i += 2
	}
	return i
}
