package service

import (
	"errors"
	"flag"
	"os"
	"regexp"
	"testing"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

var (
	long   = flag.Bool("long", false, "measure in full")
	update = flag.Bool("update", false, "write what was measured into README.md")
	only   = flag.String("only", "", "measure what this regular expression matches: operations, load, memory")
)

func TestMain(m *testing.M) {
	RunChild()
	os.Exit(m.Run())
}

// TestServiceTables prints the tables. The short form takes about a minute.
//
//	go test -C runtime/benchmarks ./service -run TestServiceTables -v -long -update -timeout 30m
func TestServiceTables(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	b := &bench{Options: Options{Short: !*long, Log: t.Logf}, only: regexp.MustCompile(*only)}
	tables, err := b.tables(t.Context())
	if errors.Is(err, ErrUnavailable) {
		redistest.Require(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		t.Log("\n" + table.Markdown())
	}
	if len(b.with) > 0 {
		b.goals(t)
	}
	if *update {
		if err := report.Publish("README.md", tables...); err != nil {
			t.Fatal(err)
		}
	}
}

// goals are what the usual workload has to reach: 85 % hits, and a cost that is 80 % less. The
// short form fills the caches less, and its one round is too few for times: what is counted has to
// do there.
func (b *bench) goals(t *testing.T) {
	t.Helper()
	without, with := b.without[usual], b.with[usual]
	least := choose(b, 0.7, 0.8)
	if hits := in(with, (*run).hits).median(); hits < 0.85 {
		t.Errorf("%s of the reads were hits, want 85 %%", percent(hits))
	}
	if s := saved(without, with, queries).median(); s < least {
		t.Errorf("%s of the statements were saved, want %s", percent(s), percent(least))
	}
	if s := saved(without, with, loadCost).median(); !b.Short && s < 0.8 {
		t.Errorf("%s of the cost was saved, want 80 %%", percent(s))
	}
}
