// Package diag collects what is wrong with a program, puts it in order, and prints it the way the
// go command does.
package diag

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/token"
	"io"
	"path/filepath"
	"slices"
)

// Finding is one thing that is wrong.
type Finding struct {
	Pos     token.Position // of the smallest part that is wrong; of the run, if it has no file
	End     int            // column after that part; 0 if it is not known
	Rule    string         // which rule is broken: "missing-ttl"
	Message string         // lower case, no full stop
	Fix     string         // what to write in place of the part; "" when that is not certain
	Load    bool           // the program could not be read, rather than that it is wrong
	Warning bool           // it may be meant
}

// severity is the word for it in JSON.
func (f Finding) severity() string {
	if f.Warning {
		return "warning"
	}
	return "error"
}

// List collects findings. The zero value is empty and ready.
type List struct{ findings []Finding }

// Report adds a finding.
func (l *List) Report(f Finding) { l.findings = append(l.findings, f) }

// Add adds the findings of another list.
func (l *List) Add(other List) { l.findings = append(l.findings, other.findings...) }

// Empty reports whether nothing was found.
func (l *List) Empty() bool { return len(l.findings) == 0 }

// Errors reports whether anything was found that is more than a warning.
func (l *List) Errors() bool {
	return slices.ContainsFunc(l.findings, func(f Finding) bool { return !f.Warning })
}

// Strict makes errors of the warnings.
func (l *List) Strict() {
	for i := range l.findings {
		l.findings[i].Warning = false
	}
}

// Load reports whether something could not even be read.
func (l *List) Load() bool {
	return slices.ContainsFunc(l.findings, func(f Finding) bool { return f.Load })
}

// Sorted returns the findings by position, each once.
func (l *List) Sorted() []Finding {
	sorted := slices.Clone(l.findings)
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Filename, b.Pos.Filename),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(sorted, func(a, b Finding) bool { return a.Pos == b.Pos && a.Message == b.Message })
}

// Text prints one finding per line: contacts.go:14:10: unknown option "tll"; did you mean "ttl"?
// Paths below dir are relative to it. The message of a warning begins with that word.
func (l *List) Text(w io.Writer, dir string) error {
	for _, f := range l.Sorted() {
		if _, err := fmt.Fprintln(w, prefix(f.Pos, dir)+f.text()); err != nil {
			return err
		}
	}
	return nil
}

func (f Finding) text() string {
	if f.Warning {
		return "warning: " + f.Message
	}
	return f.Message
}

func prefix(pos token.Position, dir string) string {
	if pos.Filename == "" {
		return ""
	}
	pos.Filename = Short(pos.Filename, dir)
	return pos.String() + ": "
}

// JSON prints one object per line, for editors and scripts.
func (l *List) JSON(w io.Writer, dir string) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, f := range l.Sorted() {
		line := struct {
			File      string `json:"file,omitempty"`
			Line      int    `json:"line,omitempty"`
			Column    int    `json:"column,omitempty"`
			EndColumn int    `json:"endColumn,omitempty"`
			Severity  string `json:"severity"`
			Rule      string `json:"rule"`
			Message   string `json:"message"`
			Fix       string `json:"fix,omitempty"`
		}{"", f.Pos.Line, f.Pos.Column, f.End, f.severity(), f.Rule, f.Message, f.Fix}
		if f.Pos.Filename != "" {
			line.File = filepath.ToSlash(Short(f.Pos.Filename, dir))
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// Short is the path as a person in dir would type it, if that is shorter.
func Short(path, dir string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil || len(rel) >= len(path) {
		return path
	}
	return rel
}
