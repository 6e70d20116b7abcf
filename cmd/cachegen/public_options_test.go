package main

import (
	"go/ast"
	"go/types"
	"regexp"
	"strings"
)

// enrich adds options to what has not been refused: a put where the parameters of a read and its
// result are at hand, a batch where a list goes in and a list or a map comes out, a tag, and one
// after the other of those that fit everywhere.
func enrich(methods []*publicMethod) {
	onReads := []string{"notfound=30s", "jitter=10%", "local=5s", "strong", "share", "lock=off", "version=2", "local=off", "ttlonly"}
	onWrites := []string{"fence", "settle=2s", "onsuccess", "tenant=*"}
	for i, m := range methods {
		switch {
		case m.directive == "":
		case !m.writes:
			m.directive += " " + onReads[i%len(onReads)]
			params := paramsOf(m.sig)
			for _, p := range params {
				if strings.HasPrefix(p.typ, "[]") && m.sig.Results != nil && isList(m.sig.Results.List[0].Type) {
					m.directive += " batch={" + p.name + "}"
					if _, ok := m.sig.Results.List[0].Type.(*ast.ArrayType); ok {
						m.directive += " by=position"
					}
				}
			}
			if len(params) > 0 && i%3 == 0 {
				m.directive += " tags=" + strings.ToLower(m.repo) + ":tag:{" + params[0].name + "}"
			}
		default:
			if put := putFor(m, methods); put != "" {
				m.directive = "//cache:put=" + put
			} else {
				m.directive += " " + onWrites[i%len(onWrites)]
			}
		}
	}
}

type publicParam struct{ name, typ string }

// paramsOf are the parameters that have names, but for contexts.
func paramsOf(sig *ast.FuncType) []publicParam {
	var list []publicParam
	for _, field := range sig.Params.List {
		for _, name := range field.Names {
			if typ := types.ExprString(field.Type); name.Name != "_" && typ != "context.Context" {
				list = append(list, publicParam{name.Name, typ})
			}
		}
	}
	return list
}

func isList(e ast.Expr) bool {
	switch e.(type) {
	case *ast.ArrayType, *ast.MapType:
		return true
	}
	return false
}

// putFor is a pattern by which a write can put the entry of a read of the same type: its parameters
// are those of the read, and then the result.
func putFor(w *publicMethod, methods []*publicMethod) string {
	has := paramsOf(w.sig)
	for _, r := range methods {
		if r.repo != w.repo || r.writes || r.directive == "" || r.sig.Results == nil {
			continue
		}
		takes := paramsOf(r.sig)
		if len(has) != len(takes)+1 || has[len(takes)].typ != types.ExprString(r.sig.Results.List[0].Type) {
			continue
		}
		put := strings.ToLower(r.repo + ":" + r.name)
		for i, p := range takes {
			if has[i].typ != p.typ {
				put = ""
				break
			}
			put += ":{" + has[i].name + "}"
		}
		if put != "" {
			return put
		}
	}
	return ""
}

// essential begins the options without which a directive says nothing.
var essential = regexp.MustCompile(`^(//cache:)?(ttl|prefix|invalidate|put)=`)

// without is a directive without the option in a column, or nothing if the directive as a whole is
// meant, or an option that it needs.
func without(directive string, column int) string {
	begin := 1
	for o := range strings.SplitAfterSeq(directive, " ") {
		end := begin + len(o)
		if column < end {
			if column == 1 || essential.MatchString(o) {
				return ""
			}
			return strings.TrimSpace(directive[:begin-1] + directive[end-1:])
		}
		begin = end
	}
	return ""
}

func optionsIn(methods []*publicMethod) map[string]int {
	n := make(map[string]int)
	for _, m := range methods {
		for _, o := range strings.Fields(strings.TrimPrefix(m.directive, "//cache:")) {
			name, _, _ := strings.Cut(o, "=")
			n[name]++
		}
	}
	return n
}
