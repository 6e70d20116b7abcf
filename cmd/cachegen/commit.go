package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// output is one file as it should be.
type output struct {
	path string
	data []byte
}

// change is one file that is out of date.
type change struct {
	path string
	data []byte // nil: to be removed
	old  bool   // there is such a file
}

// status says what is wrong with the file.
func (c change) status() string {
	switch {
	case c.data == nil:
		return "left over; its directives are gone"
	case c.old:
		return "out of date"
	default:
		return "missing"
	}
}

// diff returns what has to change for a package to have these outputs and no others of ours.
func diff(p *model.Package, outputs []output) []change {
	var changes []change
	for _, o := range outputs {
		old, err := os.ReadFile(o.path)
		if err != nil || !bytes.Equal(old, o.data) {
			changes = append(changes, change{o.path, o.data, err == nil})
		}
	}
	for _, path := range p.Outputs {
		source, _ := model.SourcePath(path)
		wanted := slices.ContainsFunc(outputs, func(o output) bool { return o.path == path })
		if !wanted && !slices.Contains(p.Skipped, source) {
			changes = append(changes, change{path: path, old: true})
		}
	}
	return changes
}

// commit makes the changes. Those to one directory are made together or not at all, as far as a
// file system allows: all files are written beside their destinations before the first one is
// moved.
func commit(changes []change) error {
	var dirs [][]change
	for len(changes) > 0 {
		dir := filepath.Dir(changes[0].path)
		n := slices.IndexFunc(changes, func(c change) bool { return filepath.Dir(c.path) != dir })
		if n < 0 {
			n = len(changes)
		}
		dirs = append(dirs, changes[:n])
		changes = changes[n:]
	}
	errs := make([]error, len(dirs))
	parallel(len(dirs), func(i int) { errs[i] = commitDir(filepath.Dir(dirs[i][0].path), dirs[i]) })
	return errors.Join(errs...)
}

func commitDir(dir string, changes []change) (err error) {
	temps := make([]string, len(changes)) // written, and not moved yet
	defer func() {
		for _, temp := range temps {
			if temp != "" {
				os.Remove(temp)
			}
		}
	}()
	for i, c := range changes {
		if c.data == nil {
			continue
		}
		if temps[i], err = writeTemp(dir, c); err != nil {
			return fmt.Errorf("write %s: %w", c.path, withoutTemp(err))
		}
	}
	for i, c := range changes {
		if c.data == nil {
			err = os.Remove(c.path)
		} else if err = os.Rename(temps[i], c.path); err == nil {
			temps[i] = ""
		}
		if err != nil {
			return fmt.Errorf("replace %s: %w", c.path, withoutTemp(err))
		}
	}
	return nil
}

// writeTemp writes the new content of a file beside it. It keeps the permissions of the file; a new
// file has those that the umask allows.
func writeTemp(dir string, c change) (path string, err error) {
	if to, err := os.Readlink(c.path); err == nil {
		return "", fmt.Errorf("it is a symbolic link to %s, which would be lost; remove it, or change that file", to)
	}
	mode := fs.FileMode(0o666)
	if c.old {
		if info, err := os.Stat(c.path); err == nil {
			mode = info.Mode().Perm()
		}
	}
	// A killed run may leave this file. Because of the leading dot and the ending, the go command
	// does not read it.
	path = filepath.Join(dir, fmt.Sprintf(".%s.%d.tmp", filepath.Base(c.path), os.Getpid()))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return "", err
	}
	_, err = f.Write(c.data)
	if err := errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
		return "", err
	}
	return path, nil
}

// withoutTemp drops the name of the temporary file from an error.
func withoutTemp(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}
