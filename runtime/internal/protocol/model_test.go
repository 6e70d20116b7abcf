package protocol

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// enough is more states than any of the scenarios has.
const enough = 4_000_000

func (r result) log(t *testing.T) {
	t.Helper()
	for i, step := range r.steps {
		t.Logf("%3d. %s", i+1, step)
	}
	t.Log("     " + r.bad)
}

// base is the protocol that a rule is removed from. Some of the added rules stand in for others, so
// those are removed from the protocol without them.
func base(r rule, sc *scenario) rules {
	if added.has(r) {
		return all
	}
	return all.without(added.without(sc.needs))
}

// TestProtocol explores the whole protocol, and what TestRules removes rules from.
func TestProtocol(t *testing.T) {
	limit := enough
	if testing.Short() {
		limit = 10_000
	}
	var total atomic.Int64
	t.Cleanup(func() { t.Logf("%d states", total.Load()) })
	for _, sc := range scenarios {
		protocols := map[rules]string{all: "all rules"}
		for r := range ruleCount {
			if b := base(r, sc); removed[r] == sc.name && b != all {
				protocols[b] = "without the added"
			}
		}
		for rules, name := range protocols {
			t.Run(sc.name+", "+name, func(t *testing.T) {
				t.Parallel()
				res := explore(sc, rules, limit)
				total.Add(int64(res.states))
				t.Logf("%d states, %d steps deep", res.states, res.depth)
				if res.bad != "" {
					res.log(t)
					t.Error("a violation")
				} else if !res.full && !testing.Short() {
					t.Errorf("there are more than %d states", limit)
				}
			})
		}
	}
}

// TestRules takes one rule away at a time, and finds what the table in doc.go says.
func TestRules(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: each exploration is one goroutine, in which the race detector finds nothing")
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for r := range ruleCount {
		t.Run(ruleNames[r], func(t *testing.T) {
			steps := "none"
			for _, sc := range scenarios {
				if removed[r] == sc.name {
					if res := explore(sc, base(r, sc).without(of(r)), enough); res.bad != "" {
						t.Logf("in the scenario %q:", sc.name)
						res.log(t)
						steps = strconv.Itoa(res.depth)
					}
				}
			}
			mark := "//\t  "
			switch {
			case added.has(r):
				mark = "//\t+ "
			case planned.has(r):
				mark = "//\t* "
			}
			if row := fmt.Sprintf("%s%-50s %4s  ", mark, ruleNames[r], steps); !strings.Contains(string(doc), row) {
				t.Errorf("the table in doc.go does not have\n%s", row)
			}
		})
	}
}
