package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/cachegen/cachegen/examples/crm/crm"
	"github.com/cachegen/cachegen/runtime"
)

// report prints the walk as a table. It is for one goroutine.
type report struct {
	out    io.Writer
	colour bool
	events []runtime.Event // of the latest call
	err    error           // one that nobody expects; nothing is printed from then on
}

// observe is called by the cache before a call of a repository returns: once, or for a batch once
// for each item.
func (r *report) observe(_ context.Context, e runtime.Event) { r.events = append(r.events, e) }

func (r *report) intro(c config) {
	database, cache := "SQLite, in memory", "embedded in this process"
	if c.postgres != "" {
		database = "PostgreSQL, schema " + c.schema
	}
	if c.redis != "" {
		cache = "Redis, keys " + c.app + ":*"
	}
	fmt.Fprintln(r.out, r.paint(bold, "A CRM of two tenants, cached by cachegen"))
	fmt.Fprintln(r.out, "  database ", database)
	fmt.Fprintln(r.out, "  cache    ", cache)
	fmt.Fprintln(r.out, "  switch   ", "-postgres DSN or POSTGRES_DSN, -redis URL or REDIS_URL")
	fmt.Fprintln(r.out, "  times    ", "of a read the whole call, of a write the invalidation alone")
	fmt.Fprintln(r.out)
	fmt.Fprintln(r.out, r.paint(dim, line("from", "took", "call", "answer", "key, or what a write drops")))
}

func (r *report) heading(text string) {
	if r.err == nil {
		fmt.Fprintf(r.out, "\n%s\n", r.paint(bold, text))
	}
}

// row prints the call that has just returned. An error other than crm.ErrNotFound ends the report.
func (r *report) row(call string, answer any, err error) {
	if r.err != nil {
		return
	}
	var text string
	switch {
	case err == nil:
		text = describe(answer)
	case errors.Is(err, crm.ErrNotFound):
		text = "not found"
	default:
		r.err = fmt.Errorf("%s: %w", call, err)
		return
	}
	for _, e := range r.events {
		keys := []string{e.Key}
		if len(e.Paths) > 0 {
			keys = e.Paths
		}
		// Colours go around the padded columns, so that they do not count as width.
		from := fmt.Sprintf("  %-5s", e.Source)
		fmt.Fprintf(r.out, "%s%s%s\n", r.paint(sourceColour(e.Source), from), line("", round(e.Took), call, text, "")[len(from):], r.paint(dim, keys[0]))
		for _, key := range keys[1:] {
			fmt.Fprintf(r.out, "%s%s\n", line("", "", "", "", ""), r.paint(dim, key))
		}
		call, text = "", "" // the other items of a batch
	}
	r.events = nil
}

// line lays out the columns. With the key of one contact it fills 80 columns, with that of a
// filtered list nearly 100.
func line(from, took, call, answer, key string) string {
	return fmt.Sprintf("  %-5s %5s  %-20s  %-13s %s", from, took, call, answer, key)
}

// describe puts an answer into a few words.
func describe(answer any) string {
	switch v := answer.(type) {
	case nil:
		return "done"
	case *crm.Contact:
		return v.Name
	case map[string]*crm.Contact:
		return plural(len(v), "contact")
	case []*crm.Contact:
		return plural(len(v), "contact")
	case *crm.Deal:
		return "now " + string(v.Stage)
	case []crm.Deal:
		return plural(len(v), "deal")
	case map[crm.Stage]crm.Cents:
		return "won " + euros(v[crm.Won])
	case *crm.Product:
		return euros(v.Price)
	case crm.ProductPage:
		return fmt.Sprintf("%d of %d", len(v.Products), v.Total)
	case []crm.Category:
		return fmt.Sprintf("%s +%d", v[0].Name, len(v)-1) // the seed has some under each parent
	case crm.Setting:
		return v.Value
	default:
		panic(fmt.Sprintf("no words for a %T", v))
	}
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func euros(c crm.Cents) string { return fmt.Sprintf("%d.%02d", c/100, c%100) }

// round shortens a duration to at most five characters: 873ns, 12µs, 4.1ms, 150ms.
func round(d time.Duration) string {
	switch {
	case d >= 10*time.Millisecond:
		d = d.Round(time.Millisecond)
	case d >= time.Millisecond:
		d = d.Round(100 * time.Microsecond)
	case d >= time.Microsecond:
		d = d.Round(time.Microsecond)
	}
	return d.String()
}

// summary prints the counters of each method and of the whole cache.
func (r *report) summary(stats runtime.Stats) {
	r.heading(fmt.Sprintf("%-32s %6s %6s %6s %6s", "Summary", "hits", "misses", "loads", "drops"))
	print := func(name string, c runtime.Counts) {
		fmt.Fprintf(r.out, "  %-30s %6s %6s %6s %6s\n", name, count(c.Hits()), count(c.Misses), count(c.Loads), count(c.Invalidations))
	}
	for _, method := range slices.Sorted(maps.Keys(stats.Methods)) {
		if c := stats.Methods[method]; c != (runtime.Counts{}) {
			print(method.Short(), c)
		}
	}
	print("all", stats.Counts)
}

func count(n uint64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatUint(n, 10)
}

func (r *report) outro(c config) {
	if c.redis != "" {
		fmt.Fprintf(r.out, "\nThe entries are in Redis still: redis-cli --scan --pattern '%s:*'\n", c.app)
	}
}

// Escape sequences of terminals.
const (
	bold    = "1"
	dim     = "2"
	green   = "32"
	yellow  = "33"
	magenta = "35"
)

func (r *report) paint(colour, text string) string {
	if !r.colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func sourceColour(s runtime.Source) string {
	switch s {
	case runtime.SourceLocal, runtime.SourceRedis, runtime.SourceShared:
		return green
	case runtime.SourceWrite:
		return magenta
	default:
		return yellow
	}
}

// hasColour reports whether out is a terminal whose owner has not asked for plain text. See
// https://no-color.org.
func hasColour(out io.Writer, getenv func(string) string) bool {
	f, ok := out.(*os.File)
	if !ok || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
