package load

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// hide returns the flag with which the go command sees stubs where our earlier output stands. It compiles what it lists, for the export data, and
// that takes minutes for output of which nobody wants any; and it stumbles over output that is cut off, or imports what is gone. A stub says nothing
// but which wrappers there are, so it is compiled once, and from then on found in the build cache. What needs more of a wrapper than that does not
// compile, and is type-checked from source.
func hide(stubs map[string][]byte) (flags []string, remove func(), err error) {
	if len(stubs) == 0 {
		return nil, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "cachegen-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	overlay, err := writeOverlay(dir, stubs)
	if err != nil {
		remove()
		return nil, nil, err
	}
	return []string{"-overlay=" + overlay}, remove, nil
}

// writeOverlay writes what -overlay wants, and the stubs that it names.
func writeOverlay(dir string, stubs map[string][]byte) (overlay string, err error) {
	replace := make(map[string]string, len(stubs))
	for output, stub := range stubs {
		path := filepath.Join(dir, fmt.Sprint(len(replace), ".go"))
		if err := os.WriteFile(path, stub, 0o600); err != nil {
			return "", err
		}
		replace[output] = path
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, data, 0o600)
}
