package rows

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/host"
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
