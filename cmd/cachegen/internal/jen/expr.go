package jen

// simple prints an assignment, a send, x++, or an expression; or names and their range.
func (p *printer) simple(s span) {
	for i := s.lo; i < s.hi; i++ {
		if p.stack[i].kind != op || !isAssignment[p.stack[i].text] {
			continue
		}
		left, right := span{s.lo, i}, span{i + 1, s.hi}
		depth := 1
		if p.commas(left) > 0 && p.commas(right) > 0 {
			depth = 2
		}
		p.exprs(left, depth)
		p.write(" ")
		p.write(p.stack[i].text)
		p.write(" ")
		if p.is(right.lo, right, keyword, "range") {
			p.ranged(right)
		} else {
			p.exprs(right, depth)
		}
		return
	}
	switch last := p.stack[s.hi-1]; {
	case p.is(s.lo, s, keyword, "range"):
		p.ranged(s)
	case last.kind == op && (last.text == "++" || last.text == "--"):
		p.expr(span{s.lo, s.hi - 1}, 2)
		p.write(last.text)
	default:
		if i := p.send(s); i > 0 {
			p.expr(span{s.lo, i}, 1)
			p.write(" <- ")
			p.expr(span{i + 1, s.hi}, 1)
			return
		}
		p.exprs(s, 1)
	}
}

// isAssignment has what separates two lists of expressions.
var isAssignment = map[string]bool{
	"=": true, ":=": true, "+=": true, "-=": true, "*=": true, "/=": true, "%=": true, "&=": true, "|=": true, "^=": true,
	"<<=": true, ">>=": true, "&^=": true,
}

func (p *printer) ranged(s span) {
	p.write("range ")
	p.expr(p.stripParens(span{s.lo + 1, s.hi}), 1)
}

// send is the index of the arrow in ch <- v, or 0.
func (p *printer) send(s span) int {
	if i := p.operand(s.lo, s.hi); i > s.lo && p.is(i, s, op, "<-") {
		return i
	}
	return 0
}

func (p *printer) commas(s span) int {
	n := 0
	for _, x := range p.stack[s.lo:s.hi] {
		if x.kind == comma {
			n++
		}
	}
	return n
}

// exprs prints expressions with commas between them.
func (p *printer) exprs(s span, depth int) {
	lo := s.lo
	for i := s.lo; i < s.hi; i++ {
		if p.stack[i].kind == comma {
			p.expr(span{lo, i}, depth)
			p.write(", ")
			lo = i + 1
		}
	}
	p.expr(span{lo, s.hi}, depth)
}

// isUnary reports whether an operator may stand in front of an operand, in expressions and types.
func isUnary(text string) bool {
	switch text {
	case "*", "&", "-", "+", "!", "^", "~", "<-", "...":
		return true
	}
	return false
}

// operand is the index behind the operand, or type, at i.
func (p *printer) operand(i, hi int) int {
	s := span{i, hi}
	for i < hi && p.stack[i].kind == op && isUnary(p.stack[i].text) {
		i++
	}
	if i >= hi {
		return hi
	}
	switch x := p.stack[i]; {
	case p.isGroup(i, s, index, mapKey):
		return p.operand(i+1, hi)
	case x.kind == keyword && x.text == "chan":
		return p.operand(i+1, hi)
	case x.kind == keyword && x.text == "func":
		if i = p.signatureEnd(i+1, hi); !p.isGroup(i, s, block) {
			return p.suffix(i, hi) // []func(){f}
		}
	case x.kind == op:
		p.mistake("the operand %q", x.text)
	}
	return p.suffix(i+1, hi)
}

// suffix is the index behind selectors, calls and the like.
func (p *printer) suffix(i, hi int) int {
	s := span{i, hi}
	for ; i < hi; i++ {
		if p.stack[i].kind != dot && !p.isGroup(i, s, call, params, parens, index, typeArgs, values, assert) && !p.is(i, s, op, "...") {
			break
		}
	}
	return i
}

// typ is the index behind the type at i.
func (p *printer) typ(i, hi int) int {
	s := span{i, hi}
	for i < hi && p.stack[i].kind == op && isUnary(p.stack[i].text) {
		i++
	}
	switch {
	case i >= hi:
		return hi
	case p.isGroup(i, s, index, mapKey), p.is(i, s, keyword, "chan"):
		return p.typ(i+1, hi)
	case p.is(i, s, keyword, "func"):
		return p.signatureEnd(i+1, hi)
	}
	for i++; i < hi; i++ {
		if p.stack[i].kind != dot && !p.isGroup(i, s, typeArgs) && (!p.isGroup(i, s, index) || len(p.stack[i].list.elems) == 0) {
			break
		}
	}
	return i
}

// signatureEnd is the index behind the parameters and results at i.
func (p *printer) signatureEnd(i, hi int) int {
	i++
	s := span{i, hi}
	switch {
	case i >= hi:
		return hi
	case p.isGroup(i, s, params, call, parens):
		return i + 1
	case p.beginsType(i, s):
		return p.typ(i, hi)
	}
	return i
}

func (p *printer) beginsType(i int, s span) bool {
	if i >= s.hi {
		return false
	}
	switch x := p.stack[i]; x.kind {
	case word, qualified:
		return x.text != "" && x.text[0] != '"' && x.text[0] != '`'
	case keyword:
		return x.text == "func" || x.text == "chan"
	case op:
		return x.text == "*" || x.text == "<-"
	case group:
		return p.isGroup(i, s, index, mapKey, structure, contract)
	}
	return false
}

// unary prints an operand, with what is in front of it and behind it.
func (p *printer) unary(s span, depth int) {
	i := s.lo
	for ; i < s.hi && p.stack[i].kind == op && isUnary(p.stack[i].text); i++ {
		p.operator(p.stack[i].text)
		if p.stack[i].text == "*" {
			depth = 1
		}
	}
	if i >= s.hi {
		return
	}
	switch x := p.stack[i]; x.kind {
	case keyword:
		switch x.text {
		case "chan":
			end := p.typ(i+1, s.hi)
			p.write("chan")
			received := i > s.lo && p.stack[i-1].text == "<-" // <-chan <-chan T
			if i++; !received && p.is(i, s, op, "<-") {
				p.write("<-")
				i++
			}
			p.write(" ")
			p.expr(span{i, end}, 1)
			i = end
		case "func":
			p.write("func")
			start := len(p.out) - len("func")
			i = p.signature(span{i + 1, s.hi})
			if p.isGroup(i, s, block) {
				p.body(p.stack[i].list.elems, start, false)
				i++
			}
		default:
			p.write(x.text)
			i++
		}
	case group:
		i = p.primary(i, s, depth)
	default:
		p.name(x)
		i++
	}
	for ; i < s.hi; i++ {
		p.suffixed(i, s, depth)
	}
}

// name prints a token that is an operand.
func (p *printer) name(x item) {
	if x.kind == qualified {
		if q := p.src.qualifier(x.list.between); q != "" {
			p.write(q)
			p.write(".")
		}
	}
	p.write(x.text)
}

// primary prints a list that begins an operand, with the type that follows if it begins one, and returns the index behind it.
func (p *printer) primary(i int, s span, depth int) int {
	l := p.stack[i].list
	switch l.shape {
	case index, mapKey:
		open := "["
		if l.shape == mapKey {
			open = "map["
		}
		end := p.typ(i+1, s.hi)
		p.enclosed(open, "]", l, 1)
		p.expr(span{i + 1, end}, 1)
		return end
	case structure:
		p.write("struct")
		p.fields(l.elements(), true)
	case contract:
		p.write("interface")
		p.fields(l.elements(), false)
	case parens, params:
		for list := l.elements(); len(list) == 1; list = l.elements() { // ((a)) is (a)
			inner := p.flat(list[0])
			only := inner.hi-inner.lo == 1 && p.isGroup(inner.lo, inner, parens)
			if only {
				l = p.stack[inner.lo].list
			}
			p.drop(inner)
			if !only {
				break
			}
		}
		p.enclosed("(", ")", l, max(1, depth-1))
	case call:
		p.enclosed("(", ")", l, depth)
	case values:
		p.enclosed("{", "}", l, 1)
	case typeArgs:
		p.enclosed("[", "]", l, depth)
	default:
		p.mistake("no operand begins with list %d", l.shape)
	}
	return i + 1
}

// suffixed prints a selector, a call or the like.
func (p *printer) suffixed(i int, s span, depth int) {
	switch x := p.stack[i]; x.kind {
	case dot:
		p.write(".")
		p.write(x.text)
	case op:
		p.write(x.text)
	case group:
		depth := p.depthOf(i, s, depth)
		switch x.list.shape {
		case call, params, parens:
			p.enclosed("(", ")", x.list, depth)
		case index:
			p.index(x.list, depth)
		case typeArgs:
			p.enclosed("[", "]", x.list, depth)
		case values:
			p.enclosed("{", "}", x.list, 1)
		case assert:
			p.write(".(")
			if e := p.flat(x.list.elems[0]); p.is(e.lo, e, keyword, "type") {
				p.write("type")
				p.drop(e)
			} else {
				p.expr(e, 1)
				p.drop(e)
			}
			p.write(")")
		}
	}
}

// depthOf is the depth of what is in list i, behind an operand at a depth: calls of several arguments are one deeper, and all that they are called
// on, but for what is indexed.
func (p *printer) depthOf(i int, s span, depth int) int {
	for j := s.hi - 1; j >= i; j-- {
		switch {
		case p.isGroup(j, s, call, params, parens):
			if p.countArgs(p.stack[j].list) > 1 {
				depth++
			}
		case p.isGroup(j, s, index, typeArgs):
			if j == i {
				return depth + 1
			}
			depth = 1
		}
	}
	return depth
}

// index prints an index, or the bounds of a slice.
func (p *printer) index(l *list, depth int) {
	top := len(p.stack)
	var bounds []span
	for _, e := range l.elements() {
		s := p.flat(e)
		for i := p.colon(s); i >= 0; i = p.colon(s) {
			bounds = append(bounds, span{s.lo, i})
			s.lo = i + 1
		}
		bounds = append(bounds, s)
	}
	given, binaries := 0, false
	for _, b := range bounds {
		if !b.empty() {
			given++
			binaries = binaries || p.operand(b.lo, b.hi) < b.hi
		}
	}
	blanks := depth <= 2 && given > 1 && binaries
	p.write("[")
	for i, b := range bounds {
		if i > 0 {
			if blanks && !bounds[i-1].empty() {
				p.write(" ")
			}
			p.write(":")
			if blanks && !b.empty() {
				p.write(" ")
			}
		}
		p.expr(b, depth)
	}
	p.write("]")
	p.stack = p.stack[:top]
}

// stripParens takes the parentheses off a condition, unless there is a literal in it whose brace would be the block's.
func (p *printer) stripParens(s span) span {
	for s.hi-s.lo == 1 && p.isGroup(s.lo, s, parens) {
		inner := p.flat(p.stack[s.lo].list.elems[0])
		if inner.empty() || p.bareLiteral(inner) {
			p.drop(inner)
			return s
		}
		s = inner
	}
	return s
}

// bareLiteral reports whether there is a composite literal that begins with the name of a type, outside of parentheses.
func (p *printer) bareLiteral(s span) bool {
	for i := s.lo; i < s.hi; i++ {
		switch {
		case p.stack[i].kind != group || p.stack[i].list.shape == parens:
		case p.stack[i].list.shape == values:
			t := i - 1
			for t > s.lo && p.stack[t].kind == dot {
				t--
			}
			if t < s.lo || p.stack[t].kind == group {
				continue
			}
			for t > s.lo && p.stack[t-1].kind == op && p.stack[t-1].text == "*" {
				t--
			}
			if t == s.lo || !p.isGroup(t-1, s, index, mapKey) {
				return true
			}
		default:
			for _, e := range p.stack[i].list.elements() {
				inner := p.flat(e)
				found := p.bareLiteral(inner)
				p.drop(inner)
				if found {
					return true
				}
			}
		}
	}
	return false
}
