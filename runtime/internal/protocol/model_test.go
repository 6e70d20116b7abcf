package protocol

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

func one(list ...int) (b [budgets]uint8) {
	for _, i := range list {
		b[i]++
	}
	return b
}

var scenarios = []*scenario{
	{name: "exact", cluster: true, procs: 2, reads: []int{0, 1}, twice: 1, writes: []write{{0, exact, false}, {1, exact, false}}, limit: one(loseEntry)},
	{name: "scope", cluster: true, procs: 2, reads: []int{0, 1}, twice: 1, writes: []write{{0, scope, false}, {1, scope, false}}, limit: one(loseEntry)},
	{name: "mixed", cluster: true, split: true, procs: 2, reads: []int{0, 1}, writes: []write{{0, exact, false}, {1, scope, false}}, limit: one(loseEntry)},
	{name: "lost state", cluster: true, split: true, procs: 2, reads: []int{0}, twice: 1, writes: []write{{0, scope, false}, {1, every, false}}, limit: one(loseRecord, loseTable, flush)},
	{name: "lost state, exact", cluster: true, procs: 2, reads: []int{0}, writes: []write{{0, exact, false}, {1, scope, false}}, limit: one(loseRecord, loseTable, loseEntry, flush)},
	{name: "cold", cold: true, cluster: true, procs: 2, reads: []int{0, 1}, writes: []write{{0, exact, false}, {1, scope, false}}, limit: one(loseRecord)},
	{name: "versions", cluster: true, strange: true, procs: 3, reads: []int{0, 1}, twice: 1, writes: []write{{2, exact, false}}, limit: one(loseRecord)},
	{name: "joining", cluster: true, procs: 2, reads: []int{0, 0}, twice: 1, writes: []write{{0, exact, false}, {1, scope, false}}},
	{name: "joining, three", cluster: true, procs: 2, reads: []int{0, 0, 0}, writes: []write{{1, exact, false}}},
	{name: "local, exact", local: 1, cluster: true, procs: 2, reads: []int{0}, writes: []write{{0, exact, false}, {1, exact, false}}, limit: one(tick)},
	{name: "local, scope", local: 1, cluster: true, procs: 2, reads: []int{0}, writes: []write{{0, scope, false}, {1, scope, false}}, limit: one(tick)},
	{name: "local, warm", local: 1, cluster: true, warm: true, procs: 2, reads: []int{0}, writes: []write{{1, exact, false}, {1, other, false}}, limit: one(tick, tick)},
	{name: "local, two", local: 3, cluster: true, warm: true, procs: 2, reads: []int{0, 1}, writes: []write{{1, exact, false}}, limit: one(tick)},
	{name: "local, cold", local: 1, cold: true, cluster: true, procs: 2, reads: []int{0}, writes: []write{{1, scope, false}}, limit: one(tick, loseRecord)},
	{name: "local, lost log", local: 1, cluster: true, warm: true, procs: 2, reads: []int{0}, writes: []write{{1, scope, false}, {1, scope, false}}, limit: one(tick, loseLog)},
	{name: "local, gap", local: 1, cluster: true, warm: true, procs: 2, reads: []int{0}, writes: []write{{1, scope, false}, {1, other, false}}, limit: one(tick, loseLog)},
	{name: "local, flush", local: 1, cluster: true, warm: true, procs: 2, reads: []int{0}, writes: []write{{1, exact, false}}, limit: one(tick, flush, loseRecord)},
	{name: "failover", needs: 1 << ruleNewServer, warm: true, procs: 2, reads: []int{0, 1}, writes: []write{{0, exact, false}, {1, other, false}}, limit: one(failover)},
	{name: "failover, scope", warm: true, procs: 2, reads: []int{0, 1}, writes: []write{{0, scope, false}, {1, scope, false}}, limit: one(failover)},
	{name: "failover, versions", needs: 1 << ruleNewServer, strange: true, procs: 2, reads: []int{0}, writes: []write{{1, exact, false}}, limit: one(failover)},
	{name: "failover of the state", needs: 1 << ruleNewServer, cluster: true, fails: stateNode, warm: true, procs: 2, reads: []int{0}, writes: []write{{0, scope, false}, {1, other, false}}, limit: one(failover)},
	{name: "failover of the entry", needs: 1 << ruleExactStamp, cluster: true, fails: entryNode, procs: 2, reads: []int{0}, twice: 1, writes: []write{{0, exact, false}, {1, exact, false}}, limit: one(failover)},
	{name: "failover, local", needs: 1 << ruleNewServer, local: 1, warm: true, procs: 2, reads: []int{0}, writes: []write{{1, scope, false}, {1, other, false}}, limit: one(failover, tick)},
	{name: "failover, copies", local: 1, copies: true, warm: true, procs: 2, reads: []int{0}, writes: []write{{1, scope, false}, {1, other, false}}, limit: one(failover, tick)},
	{name: "fence, one", cluster: true, split: true, procs: 2, reads: []int{0}, twice: 1, writes: []write{{1, scope, true}}, limit: one(crash, lapse), crashing: 2},
	{name: "fence, local, cold", local: 1, cluster: true, split: true, procs: 2, reads: []int{0}, writes: []write{{1, scope, true}}, limit: one(crash, lapse, tick), crashing: 2},
	{name: "fence, new table", needs: 1 << ruleLookAgain, bare: true, local: 1, procs: 2, reads: []int{0}, writes: []write{{1, scope, true}}, limit: one(crash, lapse, tick), crashing: 2},
	{name: "fence, new table, redis", bare: true, split: true, cluster: true, procs: 2, reads: []int{0, 1}, writes: []write{{1, scope, true}}, limit: one(crash, lapse), crashing: 2},
	{name: "fence, new record", needs: 1 << ruleLookAgain, cold: true, local: 1, procs: 2, reads: []int{0}, writes: []write{{1, exact, true}}, limit: one(crash, lapse, tick), crashing: 2},
	{name: "fence, both", cluster: true, procs: 3, reads: []int{0}, twice: 1, writes: []write{{1, exact, true}, {2, scope, true}}, limit: one(crash, lapse), crashing: 6},
	{name: "fence, scope", needs: 1 << ruleFenceNames, cluster: true, procs: 3, reads: []int{0}, writes: []write{{1, scope, true}, {2, scope, true}}, limit: one(crash, lapse), crashing: 2},
	{name: "fence, exact", needs: 1 << ruleFenceNames, cluster: true, procs: 3, reads: []int{0}, writes: []write{{1, exact, true}, {2, exact, true}}, limit: one(crash, lapse), crashing: 2},
	{name: "fence, two readers", cluster: true, split: true, procs: 3, reads: []int{0, 1}, writes: []write{{2, exact, true}}, limit: one(crash, lapse), crashing: 4},
	{name: "fence, repeated", needs: 1 << ruleFenceNames, cluster: true, procs: 2, reads: []int{0}, writes: []write{{0, exact, true}, {1, exact, true}}, limit: one(repeat, crash), crashing: 2},
	{name: "fence, lost", cluster: true, procs: 2, reads: []int{0}, writes: []write{{0, scope, true}, {1, exact, false}}, limit: one(loseTable, loseRecord, lapse)},
	{name: "fence, slot moves", needs: 1 << ruleTableAgain, moving: true, cluster: true, split: true, local: 1, procs: 2, reads: []int{0}, writes: []write{{1, scope, true}}, limit: one(crash, lapse, tick), crashing: 2},
	{name: "fence, slot moves, redis", moving: true, cluster: true, split: true, procs: 2, reads: []int{0, 1}, writes: []write{{1, scope, true}}, limit: one(crash, lapse), crashing: 2},
	{name: "slot moves, mixed", moving: true, cluster: true, split: true, procs: 2, reads: []int{0, 1}, writes: []write{{0, exact, false}, {1, scope, false}}, limit: one(loseEntry)},
	{name: "slot moves, lost state", moving: true, cluster: true, split: true, procs: 2, reads: []int{0}, twice: 1, writes: []write{{0, scope, false}, {1, every, false}}, limit: one(loseRecord, loseTable)},
	{name: "fence, local", local: 1, cluster: true, warm: true, procs: 2, reads: []int{0}, writes: []write{{1, scope, true}}, limit: one(crash, lapse, tick), crashing: 2},
}

// removed says in which scenario the want of a rule shows soonest.
var removed = [ruleCount]string{
	ruleStampFirst:      "scope",
	ruleFillClaimed:     "exact",
	ruleDeleteClaim:     "exact",
	ruleDeleteFirst:     "local, two",
	ruleMissingTable:    "lost state, exact",
	ruleMissingRecord:   "versions",
	ruleClock:           "versions",
	ruleRegister:        "versions",
	ruleTold:            "versions",
	ruleClaimValid:      "scope", // nothing: it only keeps loads from waiting for one that is of no use
	ruleJoin:            "joining",
	ruleStripes:         "local, two",
	ruleOwnStripes:      "local, two",
	ruleCopyApplied:     "local, two",
	ruleLease:           "local, lost log",
	ruleLeaseFromAsking: "local, lost log",
	ruleFollowAnew:      "local, flush",
	ruleFloorEmpties:    "local, flush", // nothing: a new floor is a number that the log does not have: ruleGap and ruleSilence find it, too
	ruleGap:             "local, gap",
	ruleSilence:         "local, lost log",
	ruleRegression:      "failover, scope",
	ruleFork:            "failover, copies",
	ruleOpenStamps:      "fence, local",
	ruleFenceRefuses:    "fence, lost",
	ruleCloseStamps:     "fence, one",
	ruleLapseStamps:     "fence, new table, redis",
	ruleRecordFirst:     "fence, local, cold",
	ruleExactStamp:      "failover of the entry",
	ruleNewServer:       "failover of the state",
	ruleFenceNames:      "fence, scope",
	ruleLookAgain:       "fence, new table",
	ruleTableAgain:      "fence, slot moves",
}

// enough is more states than any of the scenarios has.
const enough = 4_000_000

func (r result) log(t *testing.T) {
	t.Helper()
	for i, step := range r.steps {
		t.Logf("%3d. %s", i+1, step)
	}
	t.Log("     " + r.bad)
}

// TestProtocol explores the whole protocol, and it without the added rules where it does without.
func TestProtocol(t *testing.T) {
	limit := enough
	if testing.Short() {
		limit = 50_000
	}
	var total atomic.Int64
	t.Cleanup(func() { t.Logf("%d states", total.Load()) })
	for _, sc := range scenarios {
		for name, rules := range map[string]rules{"all rules": all, "without the added": all &^ added} {
			if rules != all && sc.needs != 0 {
				continue
			}
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

// TestRules takes one rule away at a time. Some of the added rules stand in for others, so those are removed from the protocol without them.
func TestRules(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for r := range ruleCount {
		t.Run(ruleNames[r], func(t *testing.T) {
			rules := all
			if !added.has(r) {
				rules &^= added
			}
			rules &^= 1 << r
			steps := "none"
			for _, sc := range scenarios {
				if removed[r] == sc.name {
					if res := explore(sc, rules, enough); res.bad != "" {
						t.Logf("in the scenario %q:", sc.name)
						res.log(t)
						steps = strconv.Itoa(res.depth)
					}
				}
			}
			mark := "//\t  "
			if added.has(r) {
				mark = "//\t+ "
			}
			if row := fmt.Sprintf("%s%-50s %4s  ", mark, ruleNames[r], steps); !strings.Contains(string(doc), row) {
				t.Errorf("the table in doc.go does not have\n%s", row)
			}
		})
	}
}
