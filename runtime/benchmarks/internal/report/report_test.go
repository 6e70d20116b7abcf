package report

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func example() *Table {
	return &Table{
		ID:      "hits",
		Title:   "Hits",
		Note:    "Smaller is better.",
		Columns: []string{"candidate", "time", "ratio"},
		Rows: []Row{
			{Name: "otter", Cells: []string{"40 ns", "1.00"}, Bars: []float64{math.NaN(), 1}},
			{Name: "a|b", Cells: []string{"no:\nit has none"}},
		},
	}
}

func TestMarkdown(t *testing.T) {
	want := `### Hits

Smaller is better.

| candidate | time | ratio |
|---|---|---|
| otter | 40 ns | 1.00 |
| a\|b | no:<br>it has none | |
`
	if got := example().Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMarkdownRefusesCellsWithoutColumn(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a cell was dropped in silence")
		}
	}()
	(&Table{Columns: []string{"candidate"}, Rows: []Row{{Name: "otter", Cells: []string{"40 ns"}}}}).Markdown()
}

func TestPublishChangesOnlyWhatIsBetweenTheMarkers(t *testing.T) {
	path := write(t, "# Numbers\n\n<!-- hits -->\nold\n<!-- /hits -->\n\nmore <!-- misses --><!-- /misses --> text\n")
	misses := &Table{ID: "misses", Columns: []string{"candidate"}, Rows: []Row{{Name: "x"}}}
	for range 2 { // the second time, the file is as it should be
		if err := Publish(path, example(), misses); err != nil {
			t.Fatal(err)
		}
		want := "# Numbers\n\n<!-- hits -->\n\n" + example().Markdown() + "\n<!-- /hits -->\n\nmore <!-- misses -->\n\n" +
			misses.Markdown() + "\n<!-- /misses --> text\n"
		if got := read(t, path); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("mode is now %v", info.Mode())
	}
}

func TestPublishWithoutAPlaceWritesNothing(t *testing.T) {
	for name, text := range map[string]string{
		"no markers":  "text\n",
		"no end":      "<!-- hits -->\n",
		"twice":       strings.Repeat("<!-- hits --><!-- /hits -->\n", 2),
		"upside down": "<!-- /hits --><!-- hits -->\n",
	} {
		path := write(t, "<!-- first --><!-- /first -->\n"+text)
		first := &Table{ID: "first", Columns: []string{"candidate"}}
		if err := Publish(path, first, example()); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error is %v", name, err)
		}
		if got := read(t, path); got != "<!-- first --><!-- /first -->\n"+text {
			t.Errorf("%s: written: %q", name, got)
		}
	}
}

func TestPublishText(t *testing.T) {
	path := write(t, "<!-- run --><!-- /run -->\n")
	if err := PublishText(path, "run", "on a machine"); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, path), "<!-- run -->\n\non a machine\n\n<!-- /run -->\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
