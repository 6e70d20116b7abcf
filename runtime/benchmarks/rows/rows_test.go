package rows

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/host"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// The test binary is also the other process of rows that have several.
func TestMain(m *testing.M) {
	if Child() {
		return
	}
	os.Exit(m.Run())
}

func testEnv(t *testing.T) *Env {
	t.Helper()
	if missing := host.Missing(); missing != "" {
		redistest.Require(t, missing)
	}
	h := host.New()
	t.Cleanup(h.Close)
	return &Env{Scale: Smoke, Host: h, Again: func() *exec.Cmd { return exec.Command(os.Args[0]) }}
}

// Each row does all of its work once, and every candidate has its line.
func TestRows(t *testing.T) {
	for _, r := range All() {
		t.Run(r.ID, func(t *testing.T) {
			tables, err := r.Run(testEnv(t))
			if err != nil {
				t.Fatal(err)
			}
			if len(tables) == 0 {
				t.Fatal("no table")
			}
			for _, table := range tables {
				text := table.Markdown()
				t.Logf("\n%s", text)
				if !strings.Contains(text, "| cachegen |") {
					t.Error("cachegen is not in it")
				}
				for _, row := range table.Rows {
					if len(row.Cells) == 0 {
						t.Errorf("%s has no result", row.Name)
					}
				}
			}
		})
	}
}

// The races notice what they are to notice: cachegen serves nothing stale, and a peer whose source
// says that it stores whatever it has loaded does.
func TestRacesTell(t *testing.T) {
	e := testEnv(t)
	e.Only = func(name string) bool { return name == "cachegen" || name == "go-redis/cache" }
	tables, err := stale(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range tables[0].Rows {
		want := []string{"no", "no", "no", "no", "no", "no"}
		if row.Name == "go-redis/cache" {
			refused := "not offered: it deletes keys, not prefixes"
			want = []string{"**yes**", "**yes**", "**yes**", "no", refused, refused}
		}
		if !slices.Equal(row.Cells, want) {
			t.Errorf("%s: %q, want %q", row.Name, row.Cells, want)
		}
	}
}

// A hit that is none is an error, not a fast or slow number.
func TestTurnsOfMissesAreRefused(t *testing.T) {
	b := &bench[*contact.Contact]{store: contact.NewStore(contact.New)}
	run := b.checked(func(n int) error {
		for range n {
			if _, err := b.store.Get(t.Context(), "c"); err != nil {
				return err
			}
		}
		return nil
	})
	if err := run(1000); err == nil {
		t.Error("1000 loads passed as hits")
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{7: "7", 1_000: "1,000", 1_000_042: "1,000,042"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %q", n, got)
		}
	}
}

// A process that is killed while it loads is noticed, and one that answers is understood.
func TestChild(t *testing.T) {
	e := testEnv(t)
	children, stop, err := start(e, peers.Candidates()[0], 1)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := children[0].say("read c-1 8"); err != nil {
		t.Fatal(err)
	}
	if o, err := children[0].outcome(10 * time.Second); err != nil || o.loads != 1 || o.failed != 0 || o.took < loadTime {
		t.Errorf("got %+v, %v", o, err)
	}
	children[0].kill()
	if _, err := children[0].answer(10 * time.Second); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a process that was killed: %v", err)
	}
}
