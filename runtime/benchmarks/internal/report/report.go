// Package report writes what was measured: tables as Markdown, into the place that a document keeps
// for them, and bars as a picture.
package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Table is one of the tables that the command prints.
type Table struct {
	ID      string   // hits: names the table on the command line and its place in README.md
	Title   string   // a heading; none if empty
	Note    string   // one paragraph of Markdown above the rows; none if empty
	Columns []string // the first heads the names
	Rows    []Row
}

// A Row is one line of a table.
type Row struct {
	Name  string
	Cells []string  // Markdown, one per column after the first
	Bars  []float64 // optional, one ratio per cell, for the SVG; NaN: none
}

// Markdown returns the table with its heading and its note, and ends with a line break. A row with
// fewer cells than columns gets empty ones; cells beyond the columns panic, because they would be
// lost. A bar and a line break in a cell are escaped.
func (t *Table) Markdown() string {
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintf(&b, "### %s\n\n", t.Title)
	}
	if t.Note != "" {
		fmt.Fprintf(&b, "%s\n\n", t.Note)
	}
	line(&b, t.Columns)
	b.WriteString("|" + strings.Repeat("---|", len(t.Columns)) + "\n")
	for _, row := range t.Rows {
		if len(row.Cells) > len(t.Columns)-1 {
			panic(fmt.Sprintf("report: row %q of table %s has %d cells for %d columns", row.Name, t.ID, len(row.Cells), len(t.Columns)-1))
		}
		cells := make([]string, len(t.Columns))
		cells[0] = row.Name
		copy(cells[1:], row.Cells)
		line(&b, cells)
	}
	return b.String()
}

var escapeCell = strings.NewReplacer("|", `\|`, "\r\n", "<br>", "\n", "<br>")

func line(b *strings.Builder, cells []string) {
	b.WriteByte('|')
	for _, c := range cells {
		b.WriteString(" ")
		if c != "" {
			b.WriteString(escapeCell.Replace(c) + " ")
		}
		b.WriteByte('|')
	}
	b.WriteByte('\n')
}

// Publish writes tables into a file between <!-- ID --> and <!-- /ID -->, and changes nothing else.
// A table whose place the file lacks, or has twice, is an error, and then nothing is written.
func Publish(path string, tables ...*Table) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(data)
	for _, t := range tables {
		if text, err = replace(text, t.ID, t.Markdown()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if text == string(data) {
		return nil
	}
	return writeFile(path, text)
}

// PublishText writes a text into a file between <!-- id --> and <!-- /id -->, as Publish does.
func PublishText(path, id, text string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := replace(string(data), id, strings.TrimRight(text, "\n")+"\n")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if changed == string(data) {
		return nil
	}
	return writeFile(path, changed)
}

// replace puts text between the two markers of id.
func replace(document, id, text string) (string, error) {
	begin, end := "<!-- "+id+" -->", "<!-- /"+id+" -->"
	for _, marker := range []string{begin, end} {
		if n := strings.Count(document, marker); n != 1 {
			return "", fmt.Errorf("marker %s is there %d times, want once", marker, n)
		}
	}
	before, rest, _ := strings.Cut(document, begin)
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("marker %s stands before %s", end, begin)
	}
	return before + begin + "\n\n" + text + "\n" + end + after, nil
}

// writeFile replaces a file in one step: a reader never sees half of it.
func writeFile(path, text string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename, when there is nothing to remove
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
