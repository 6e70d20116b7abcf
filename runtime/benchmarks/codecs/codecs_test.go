package codecs

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cachegen/cachegen/runtime/internal/codectest"
)

var update = flag.Bool("update", false, "measure again and write README.md")

// TestMain sets Local somewhere with summers, wherever the test runs, so that the table is the same
// everywhere.
func TestMain(m *testing.M) {
	if err := os.Setenv("TZ", "America/New_York"); err != nil {
		panic(err)
	}
	log.SetOutput(io.Discard) // one candidate logs what it drops
	os.Exit(m.Run())
}

// cases adds to those of codectest what needs other modules.
func cases(t testing.TB) []codectest.Case {
	equal := func(in, out any) string {
		if !proto.Equal(in.(proto.Message), out.(proto.Message)) {
			return fmt.Sprintf("%v became %v", in, out)
		}
		return ""
	}
	oneof, err := structpb.NewStruct(map[string]any{"a": 1.5, "b": []any{"x", nil, true}})
	if err != nil {
		t.Fatal(err)
	}
	return append(codectest.Cases(),
		codectest.Case{Name: "protobuf message (timestamppb)", Values: []any{&timestamppb.Timestamp{Seconds: 1 << 40, Nanos: 1}}, Refuse: true, Diff: equal},
		codectest.Case{Name: "protobuf message with oneof (structpb)", Values: []any{oneof}, Refuse: true, Diff: equal},
	)
}

func TestFidelity(t *testing.T) {
	candidates := Candidates()
	var b strings.Builder
	b.WriteString("| feature |")
	for _, c := range candidates {
		b.WriteString(" " + c.Name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(candidates)) + "\n")
	count := make([]map[Outcome]int, len(candidates))
	table := cases(t)
	for _, row := range table {
		fmt.Fprintf(&b, "| %s |", row.Name)
		diff := row.Diff
		if diff == nil {
			diff = codectest.Diff
		}
		for i, c := range candidates {
			worst, why := Kept, ""
			for _, in := range row.Values {
				if o, detail := Try(c, in, diff); o > worst {
					worst, why = o, detail
				}
			}
			if worst != Kept {
				t.Logf("%s, %s: %v: %s", row.Name, c.Name, worst, why)
			}
			if count[i] == nil {
				count[i] = map[Outcome]int{}
			}
			count[i][worst]++
			fmt.Fprintf(&b, " %v |", worst)
			if want := map[bool]Outcome{false: Kept, true: Refused}[row.Refuse]; c.Name == "reflection" && worst != want {
				t.Errorf("%s: %v, want %v: %s", row.Name, worst, want, why)
			}
		}
		b.WriteString("\n")
	}
	for _, sum := range []struct {
		name string
		of   []Outcome
	}{{"**kept**", []Outcome{Kept}}, {"**an error**", []Outcome{Refused, Unreadable, Panicked}}, {"**lost in silence**", []Outcome{Lost}}} {
		fmt.Fprintf(&b, "| %s |", sum.name)
		for i := range candidates {
			n := 0
			for _, o := range sum.of {
				n += count[i][o]
			}
			fmt.Fprintf(&b, " %d |", n)
		}
		b.WriteString("\n")
	}
	publish(t, "fidelity", b.String(), true)
}

// rounds are interleaved, and the best counts, so that what else the machine does weighs on all
// alike.
const rounds = 5

func TestSpeed(t *testing.T) {
	if !*update {
		t.Skip("takes minutes; run with -update")
	}
	if err := flag.Set("test.benchtime", "200ms"); err != nil {
		t.Fatal(err)
	}
	contacts := codectest.Contacts(50)
	for _, load := range []struct {
		name string
		in   any
	}{{"one", contacts[0]}, {"fifty", contacts}} {
		candidates := append(Candidates(), generated())
		best := make([][2]result, len(candidates))
		sizes := make([]int, len(candidates))
		for range rounds {
			for i, c := range candidates {
				data, err := c.Encode(load.in)
				if err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				sizes[i] = len(data)
				best[i][0].keep(testing.Benchmark(func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if _, err := c.Encode(load.in); err != nil {
							b.Fatal(err)
						}
					}
				}))
				best[i][1].keep(testing.Benchmark(func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if err := c.Decode(data, reflect.New(reflect.TypeOf(load.in)).Interface()); err != nil {
							b.Fatal(err)
						}
					}
				}))
			}
		}
		// Generated code has to be twice as fast as the libraries that people take first, both ways
		// together.
		ours, first, others := 0.0, math.Inf(1), math.Inf(1)
		for i, c := range candidates {
			both := best[i][0].ns + best[i][1].ns
			switch c.Name {
			case "generated":
				ours = both
			case "json", "vmihailenco", "cbor":
				first = min(first, both)
				others = min(others, both)
			case "reflection":
			default:
				others = min(others, both)
			}
		}
		t.Logf("%s: the best of json, vmihailenco and cbor takes %.2f times as long as generated code, the best of all %.2f", load.name, first/ours, others/ours)
		if first < 2*ours {
			t.Errorf("%s: generated code is only %.2f times as fast as the best of json, vmihailenco and cbor", load.name, first/ours)
		}
		var b strings.Builder
		b.WriteString("| codec | size | encode | B/op | allocs | of json | decode | B/op | allocs | of json |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
		for i, c := range candidates {
			e, d := best[i][0], best[i][1]
			fmt.Fprintf(&b, "| %s | %d | %s | %d | %d | %.2f | %s | %d | %d | %.2f |\n", c.Name, sizes[i],
				nanos(e.ns), e.bytes, e.allocs, e.ns/best[0][0].ns, nanos(d.ns), d.bytes, d.allocs, d.ns/best[0][1].ns)
		}
		publish(t, load.name, b.String(), false)
	}
}

type result struct {
	ns            float64
	bytes, allocs int64
}

func (r *result) keep(b testing.BenchmarkResult) {
	ns := float64(b.T.Nanoseconds()) / float64(b.N)
	if r.ns == 0 || ns < r.ns {
		*r = result{ns, b.AllocedBytesPerOp(), b.AllocsPerOp()}
	}
}

func nanos(ns float64) string {
	if ns > 10000 {
		return fmt.Sprintf("%.1f µs", ns/1000)
	}
	return fmt.Sprintf("%.0f ns", math.Round(ns))
}

// publish writes a table into README.md between its markers; without -update it fails if another is
// there.
func publish(t *testing.T, name, table string, exact bool) {
	t.Helper()
	old, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	head, rest, ok1 := strings.Cut(string(old), begin)
	was, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("README.md has no place for the table %q", name)
	}
	if was == table {
		return
	}
	if !*update {
		if exact {
			t.Errorf("the table %q in README.md is not what was measured; run with -update\n%s", name, table)
		}
		return
	}
	if err := os.WriteFile("README.md", []byte(head+begin+table+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
