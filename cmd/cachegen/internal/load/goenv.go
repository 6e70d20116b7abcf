package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goEnv is what the go command's environment says about reading source.
type goEnv struct {
	sizes   types.Sizes
	overlay map[string]string // of -overlay in GOFLAGS: the file to read for a path; "" for none
}

func readGoEnv(ctx context.Context, cfg Config) (goEnv, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOARCH", "GOFLAGS")
	cmd.Dir, cmd.Env, cmd.Stderr = cfg.Dir, cfg.Env, &stderr
	out, err := cmd.Output()
	if err != nil {
		return goEnv{}, fmt.Errorf("go env: %w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var vars struct{ GOARCH, GOFLAGS string }
	if err := json.Unmarshal(out, &vars); err != nil {
		return goEnv{}, fmt.Errorf("go env: %w", err)
	}
	env := goEnv{sizes: types.SizesFor("gc", vars.GOARCH)}
	if path := overlayFlag(vars.GOFLAGS); path != "" {
		env.overlay, err = readOverlay(cfg.Dir, path)
	}
	return env, err
}

// overlayFlag returns the value of the last -overlay in GOFLAGS, whose flags stand between spaces,
// in quotes if they contain any.
func overlayFlag(goflags string) (path string) {
	for rest := strings.TrimSpace(goflags); rest != ""; rest = strings.TrimSpace(rest) {
		var flag string
		if quote := rest[:1]; quote == `"` || quote == "'" {
			flag, rest, _ = strings.Cut(rest[1:], quote)
		} else if end := strings.IndexAny(rest, " \t\r\n"); end >= 0 {
			flag, rest = rest[:end], rest[end:]
		} else {
			flag, rest = rest, ""
		}
		name, value, _ := strings.Cut(flag, "=")
		if name == "-overlay" || name == "--overlay" {
			path = value
		}
	}
	return path
}

// readOverlay reads the file that -overlay names. Its paths are relative to dir.
func readOverlay(dir, path string) (map[string]string, error) {
	absolute := func(path string) (string, error) {
		if path == "" || filepath.IsAbs(path) {
			return filepath.Clean(path), nil
		}
		return filepath.Abs(filepath.Join(dir, path))
	}
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("overlay of GOFLAGS: %w", err)
	}
	var file struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("overlay of GOFLAGS: %s: %w", path, err)
	}
	files := make(map[string]string, len(file.Replace))
	for from, to := range file.Replace {
		if from, err = absolute(from); err != nil {
			return nil, err
		}
		if to != "" {
			if to, err = absolute(to); err != nil {
				return nil, err
			}
		}
		files[from] = to
	}
	return files, nil
}

// readFile reads a file as the go command sees it.
func (e goEnv) readFile(path string) ([]byte, error) {
	to, replaced := e.overlay[path]
	switch {
	case !replaced:
		return os.ReadFile(path)
	case to == "":
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return os.ReadFile(to)
}

// contents returns the overlay in the form that go/packages takes. As that form cannot say that a
// file is absent, such a file becomes one that no build includes.
func (e goEnv) contents() (overlay, error) {
	contents := make(overlay, len(e.overlay))
	for path := range e.overlay {
		data, err := e.readFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			data, err = []byte("//go:build ignore\n\npackage ignore\n"), nil
		}
		if err != nil {
			return nil, err
		}
		contents[path] = data
	}
	return contents, nil
}
