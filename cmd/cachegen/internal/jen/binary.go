package jen

// binary is a binary operator of an expression.
type binary struct{ at, prec int }

func precedence(text string) int {
	switch text {
	case "||":
		return 1
	case "&&":
		return 2
	case "==", "!=", "<", "<=", ">", ">=":
		return 3
	case "+", "-", "|", "^":
		return 4
	case "*", "/", "%", "<<", ">>", "&", "&^":
		return 5
	}
	return 0
}

// expr prints an expression or a type.
func (p *printer) expr(s span, depth int) {
	if s.empty() {
		return
	}
	top := len(p.ops)
	for i := p.operand(s.lo, s.hi); i < s.hi; i = p.operand(i+1, s.hi) {
		prec := 0
		if p.stack[i].kind == op {
			prec = precedence(p.stack[i].text)
		}
		if prec == 0 {
			p.mistake("%q in an expression", p.stack[i].text)
		}
		p.ops = append(p.ops, binary{i, prec})
	}
	p.binary(s, top, len(p.ops), depth)
	p.ops = p.ops[:top]
}

// root is the operator of the expression with these operators that is evaluated last.
func (p *printer) root(lo, hi int) int {
	r := lo
	for i := lo; i < hi; i++ {
		if p.ops[i].prec <= p.ops[r].prec {
			r = i
		}
	}
	return r
}

// binary prints an expression whose operators are known. Blanks around operators show precedence, by the rules of go/printer.
func (p *printer) binary(s span, lo, hi, depth int) {
	if lo == hi {
		p.unary(s, depth)
		return
	}
	r := p.root(lo, hi)
	o := p.ops[r]
	blank := o.prec < p.cutoff(s, lo, hi, depth)
	left := 1
	if lo < r && p.ops[p.root(lo, r)].prec == o.prec {
		left = 0
	}
	p.binary(span{s.lo, o.at}, lo, r, depth+left)
	if blank {
		p.write(" ")
	}
	p.operator(p.stack[o.at].text)
	if blank {
		p.write(" ")
	}
	p.binary(span{o.at + 1, s.hi}, r+1, hi, depth+1)
}

func (p *printer) cutoff(s span, lo, hi, depth int) int {
	has4, has5, problem := p.walk(lo, hi)
	switch {
	case problem > 0:
		return problem + 1
	case has4 && has5:
		if depth == 1 {
			return 5
		}
		return 4
	case depth == 1:
		return 6
	}
	return 4
}

// walk says which precedences there are, and which operators would read as another one without a blank: x / *y.
func (p *printer) walk(lo, hi int) (has4, has5 bool, problem int) {
	for i := lo; i < hi; i++ {
		o := p.ops[i]
		has4 = has4 || o.prec == 4
		has5 = has5 || o.prec == 5
		alone := i+1 == hi || p.ops[i+1].prec <= o.prec // the operand on the right is not an expression with operators
		if next := p.stack[o.at+1]; alone && next.kind == op {
			switch p.stack[o.at].text + next.text {
			case "/*", "&&", "&^":
				problem = 5
			case "++", "--":
				problem = max(problem, 4)
			}
		}
	}
	return has4, has5, problem
}

// operator writes one, apart from what it would be read together with.
func (p *printer) operator(text string) {
	if n := len(p.out); n > 1 && p.out[n-2] != p.out[n-1] {
		switch p.out[n-1] {
		case '+', '-':
			if text[0] == p.out[n-1] {
				p.write(" ")
			}
		case '/':
			if text[0] == '*' {
				p.write(" ")
			}
		case '<':
			if text[0] == '-' || text[0] == '<' {
				p.write(" ")
			}
		case '&':
			if text[0] == '&' || text[0] == '^' {
				p.write(" ")
			}
		}
	}
	p.write(text)
}
