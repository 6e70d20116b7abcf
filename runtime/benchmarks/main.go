// Command benchmarks compares the wrapper that cachegen generates with what users would pick
// instead, on the same work, and prints tables in Markdown.
//
//	go run -C runtime/benchmarks .                    everything, about half an hour
//	go run -C runtime/benchmarks . -short             a look, about a minute
//	go run -C runtime/benchmarks . -rows 'hits|lag'   some rows
//	go run -C runtime/benchmarks . -write             also into README.md and docs/benchmarks.svg
//
// It starts its own redis-server, and leaves out by name what it cannot run without one. Each row
// runs alone, in a process of its own. README.md says what is compared and how.
package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/host"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/rows"
	"github.com/cachegen/cachegen/runtime/benchmarks/service"
)

func main() {
	service.RunChild()
	if rows.Child() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	short, write, list bool
	rows               *regexp.Regexp
	peers              *regexp.Regexp
	// one and out make this process the one that runs a row: its tables go into the file.
	one, out string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("benchmarks", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&o.short, "short", false, "do less of everything: a minute, and numbers that are a hint")
	f.BoolVar(&o.write, "write", false, "write the tables into README.md, and the bars into docs/benchmarks.svg")
	f.BoolVar(&o.list, "list", false, "list the rows, and do nothing")
	chosen := f.String("rows", "", "run the rows that match this regular expression")
	candidates := f.String("peers", "", "run the candidates that match this regular expression")
	f.StringVar(&o.one, "row", "", "run this row in this process; the command passes it to itself")
	f.StringVar(&o.out, "out", "", "with -row: the file for its tables")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	var err error
	if o.rows, err = regexp.Compile(*chosen); err != nil {
		return o, fmt.Errorf("-rows: %w", err)
	}
	if o.peers, err = regexp.Compile(*candidates); err != nil {
		return o, fmt.Errorf("-peers: %w", err)
	}
	if o.write && *candidates != "" {
		return o, errors.New("-write needs all candidates; leave out -peers")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	if o.one != "" {
		return runOne(o)
	}
	var chosen []rows.Row
	for _, r := range allRows() {
		if o.rows.MatchString(r.ID) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no row matches %q", o.rows)
	}
	if o.list {
		for _, r := range chosen {
			fmt.Fprintf(stdout, "%-14s %s\n", r.ID, r.About)
		}
		return nil
	}
	if missing := host.Missing(); missing != "" {
		if os.Getenv("CACHEGEN_REQUIRE_SERVICES") == "1" {
			return fmt.Errorf("CACHEGEN_REQUIRE_SERVICES=1, but %s", missing)
		}
		chosen = slices.DeleteFunc(chosen, func(r rows.Row) bool {
			if r.Redis {
				fmt.Fprintf(stderr, "leaving out %s: %s\n", r.ID, missing)
			}
			return r.Redis
		})
	}
	stamp := thisMachine().stamp(time.Now(), o.short)
	fmt.Fprintf(stdout, "%s\n", stamp)
	tables := make(map[string][]*report.Table) // by file
	for _, r := range chosen {
		started := time.Now()
		made, err := again(ctx, r, args, stderr)
		if err != nil && r.ID == serviceRow && os.Getenv("CACHEGEN_REQUIRE_SERVICES") != "1" {
			fmt.Fprintf(stderr, "leaving out %s: %v\n", r.ID, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
		for _, t := range made {
			fmt.Fprintf(stdout, "\n%s", t.Markdown())
			t.Note = strings.TrimSpace(t.Note + " " + stamp)
		}
		tables[readme(r.ID)] = append(tables[readme(r.ID)], made...)
		fmt.Fprintf(stderr, "%s took %v\n", r.ID, time.Since(started).Round(time.Second/10))
	}
	if !o.write {
		return nil
	}
	return publish(tables, stderr)
}

// again runs a row in a process of its own, which ends with the context.
func again(ctx context.Context, r rows.Row, args []string, stderr io.Writer) ([]*report.Table, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cachegen-benchmarks-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "tables")
	cmd := exec.CommandContext(ctx, self, append(slices.Clone(args), "-row="+r.ID, "-out="+out)...)
	// What a row leaves behind when it is killed goes with the folder.
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	// Some peers print on standard output.
	cmd.Stdout, cmd.Stderr = stderr, stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	var tables []*report.Table
	return tables, gob.NewDecoder(bytes.NewReader(data)).Decode(&tables)
}

// runOne runs a row in this process.
func runOne(o options) error {
	i := slices.IndexFunc(allRows(), func(r rows.Row) bool { return r.ID == o.one })
	if i < 0 {
		return fmt.Errorf("there is no row %q", o.one)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	h := host.New()
	defer h.Close()
	e := &rows.Env{Host: h, Again: func() *exec.Cmd { return exec.Command(self) }, Only: o.peers.MatchString}
	if o.short {
		e.Scale = rows.Short
	}
	tables, err := allRows()[i].Run(e)
	if err != nil {
		return err
	}
	var data bytes.Buffer
	if err := gob.NewEncoder(&data).Encode(tables); err != nil {
		return err
	}
	return os.WriteFile(o.out, data.Bytes(), 0o600)
}

// publish writes tables into README.md beside this file. The picture needs the bars of all rows
// that have some, so it is written only together with all of them.
func publish(byFile map[string][]*report.Table, stderr io.Writer) error {
	dir, err := sourceDir()
	if err != nil {
		return err
	}
	for file, tables := range byFile {
		if err := report.Publish(filepath.Join(dir, file), tables...); err != nil {
			return err
		}
	}
	tables := byFile["README.md"]
	for _, id := range pictured {
		if !slices.ContainsFunc(tables, func(t *report.Table) bool { return t.ID == id }) {
			fmt.Fprintf(stderr, "docs/benchmarks.svg is left as it is: it needs the row %s too\n", id)
			return nil
		}
	}
	return os.WriteFile(filepath.Join(dir, "..", "..", "docs", "benchmarks.svg"), picture(tables), 0o644)
}

// pictured are the tables of the picture.
var pictured = []string{"hits-value", "hits-pointer", "redis", "misses"}

func picture(tables []*report.Table) []byte {
	var shown []*report.Table
	for _, id := range pictured {
		for _, t := range tables {
			if t.ID == id {
				shown = append(shown, t)
			}
		}
	}
	return report.SVG("cachegen beside what users would pick instead",
		"Bars of how many times as long as a floor each candidate takes: for hits in the process, the floor is otter; for hits in Redis, "+
			"a bare GET; for misses, a bare GET and SET. The numbers are in the tables of runtime/benchmarks/README.md.",
		"cachegen", shown...)
}

// sourceDir is the folder of this file: the command is run there by go run -C.
func sourceDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "rows", "rows.go")); err != nil {
		return "", fmt.Errorf("-write works in runtime/benchmarks, with go run -C runtime/benchmarks: %w", err)
	}
	return dir, nil
}

// machine is what numbers depend on.
type machine struct {
	cores          int
	cpu, system    string
	golang, server string
}

func thisMachine() machine {
	m := machine{cores: runtime.NumCPU(), cpu: runtime.GOARCH, system: runtime.GOOS, golang: strings.Replace(runtime.Version(), "go", "Go ", 1), server: "no Redis"}
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`).FindSubmatch(data); found != nil {
			m.cpu = strings.Join(strings.Fields(string(found[1])), " ")
		}
	}
	program := os.Getenv("CACHEGEN_TEST_REDIS_SERVER")
	if program == "" {
		program = "redis-server"
	}
	if out, err := exec.Command(program, "--version").Output(); err == nil {
		if found := regexp.MustCompile(`^(\S+) server v=(\S+)`).FindSubmatch(out); found != nil {
			m.server = fmt.Sprintf("%s %s", found[1], found[2])
		}
	}
	return m
}

// stamp says when and where something was measured.
func (m machine) stamp(at time.Time, short bool) string {
	form := ""
	if short {
		form = " In the short form, which is a hint."
	}
	return fmt.Sprintf("*Measured on %s: %s, %d cores, %s, %s, %s.%s*", at.UTC().Format("2006-01-02"), m.cpu, m.cores, m.system, m.golang, m.server, form)
}
