package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/host"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
	"github.com/cachegen/cachegen/runtime/benchmarks/rows"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// The test binary is also the command that runs itself again.
func TestMain(m *testing.M) {
	if rows.Child() {
		return
	}
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestList(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-list", "-rows", "^lag$"}, &out, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(out.String()); len(got) < 3 || got[0] != "lag" || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("got %q", out.String())
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	for want, args := range map[string][]string{
		"no row matches":    {"-rows", "nothing-like-it"},
		"-rows: ":           {"-rows", "("},
		"unexpected":        {"hits"},
		"leave out -peers":  {"-write", "-peers", "otter"},
		"there is no row":   {"-row", "nothing-like-it"},
		"flag provided but": {"-such"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), args, &out, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", args, err, want)
		}
	}
}

// A row runs in a process of its own, and its table is printed with the machine named.
func TestARowInAProcessOfItsOwn(t *testing.T) {
	if missing := host.Missing(); missing != "" {
		redistest.Require(t, missing)
	}
	var out, errs bytes.Buffer
	if err := run(t.Context(), []string{"-short", "-rows", "^release$", "-peers", "^cachegen$"}, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	for _, want := range []string{"### A type that changes", "| cachegen | loads again | loads again |", "cores", "In the short form"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "rueidis |") {
		t.Errorf("-peers selected more:\n%s", out.String())
	}
}

// A command that is interrupted leaves no row running.
func TestInterrupted(t *testing.T) {
	if missing := host.Missing(); missing != "" {
		redistest.Require(t, missing)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var out, errs bytes.Buffer
	if err := run(ctx, []string{"-rows", "^pattern$", "-peers", "^cachegen$"}, &out, &errs); err == nil {
		t.Errorf("it went on to the end:\n%s", out.String())
	}
}

// Without a server, the command says what it leaves out.
func TestWithoutAServer(t *testing.T) {
	t.Setenv("CACHEGEN_TEST_REDIS_SERVER", "no-such-program")
	var out, errs bytes.Buffer
	t.Setenv("CACHEGEN_REQUIRE_SERVICES", "")
	if err := run(t.Context(), []string{"-rows", "^lag$"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(errs.String(), "leaving out lag") {
		t.Errorf("it says %q", errs.String())
	}
	t.Setenv("CACHEGEN_REQUIRE_SERVICES", "1")
	if err := run(t.Context(), []string{"-rows", "^lag$"}, &out, &errs); err == nil {
		t.Error("a missing service was no failure")
	}
}

func TestStamp(t *testing.T) {
	m := machine{4, "Some CPU", "linux", "Go 1.26.8", "Redis 7.0.15"}
	at := time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)
	if got, want := m.stamp(at, true), "*Measured on 2026-11-30: Some CPU, 4 cores, linux, Go 1.26.8, Redis 7.0.15. In the short form, which is a hint.*"; got != want {
		t.Errorf("got %q", got)
	}
	if m := thisMachine(); m.cores < 1 || m.cpu == "" || !strings.HasPrefix(m.golang, "Go ") {
		t.Errorf("this machine is %+v", m)
	}
}

// README.md has a place for the table of each row, and the version of each peer is that of go.mod.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows.All() {
		copied := filepath.Join(t.TempDir(), "README.md")
		if err := os.WriteFile(copied, readme, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := report.Publish(copied, &report.Table{ID: r.ID, Columns: []string{""}}); err != nil {
			t.Error(err)
		}
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range peers.Candidates() {
		for _, module := range c.Modules {
			version := ""
			for line := range strings.Lines(string(mod)) {
				if f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require ")); len(f) >= 2 && f[0] == module {
					version = f[1]
				}
			}
			switch {
			case version == "":
				t.Errorf("%s of %s is not in go.mod", module, c.Name)
			case module == "github.com/cachegen/cachegen": // it is this repository
			case !strings.Contains(string(readme), version):
				t.Errorf("README.md does not name version %s of %s", version, module)
			}
		}
	}
}
