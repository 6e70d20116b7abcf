package service

import (
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

var (
	long   = flag.Bool("long", false, "measure in full")
	update = flag.Bool("update", false, "write what was measured into README.md")
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
	tables, err := Tables(t.Context(), Options{Short: !*long, Log: t.Logf})
	if errors.Is(err, ErrUnavailable) {
		redistest.Require(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		t.Log("\n" + table.Markdown())
	}
	if *update {
		if err := report.Publish("README.md", tables...); err != nil {
			t.Fatal(err)
		}
	}
}
