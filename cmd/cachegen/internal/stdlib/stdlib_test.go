package stdlib

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestPackages keeps the list of packages complete for the toolchain that the tests run with.
func TestPackages(t *testing.T) {
	list := exec.Command("go", "list", "std")
	stderr := new(bytes.Buffer)
	list.Stderr = stderr
	out, err := list.Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("there is no go command to ask")
	}
	if err != nil {
		t.Fatalf("go list std: %v\n%s", err, stderr)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if !Contains(path) && !strings.HasPrefix(path, "vendor/") && !strings.Contains("/"+path+"/", "/internal/") {
			t.Errorf("%s is missing", path)
		}
	}
	for _, path := range []string{"", "database", "sql", "net/htt", "example.com/net", "net http"} {
		if Contains(path) {
			t.Errorf("%q is taken for a package of the standard library", path)
		}
	}
}

// TestStructs asks the API of each release whether the structs keep their fields.
func TestStructs(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("there is no go command to ask")
	}
	api := filepath.Join(strings.TrimSpace(string(goroot)), "api")
	if _, err := os.Stat(filepath.Join(api, "go1.txt")); err != nil {
		t.Skip("this Go comes without its API: ", err)
	}
	field := regexp.MustCompile(`^pkg (\S+)(?: \(.*\))?, type (\w+)(?:\[.*\])? struct, `)
	first, last := make(map[string]int), make(map[string]int)
	for release := range 100 {
		name := "go1." + strconv.Itoa(release) + ".txt"
		if release == 0 {
			name = "go1.txt"
		}
		f, err := os.Open(filepath.Join(api, name))
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if m := field.FindStringSubmatch(lines.Text()); m != nil {
				at := m[1] + "." + m[2]
				if _, known := first[at]; !known {
					first[at] = max(release, 1)
				}
				last[at] = max(release, 1)
			}
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for name := range strings.FieldsSeq(structs) {
		dot := strings.LastIndexByte(name, '.')
		switch {
		case !Keeps(name[:dot], name[dot+1:]) || !Contains(name[:dot]):
			t.Errorf("%s is not found", name)
		case first[name] == 0:
			t.Errorf("%s is in no API", name)
		case first[name] != last[name]:
			t.Errorf("%s is of Go 1.%d, and has a field of Go 1.%d", name, first[name], last[name])
		}
	}
	if first["net/http.Cookie"] == last["net/http.Cookie"] || Keeps("net/http", "Cookie") {
		t.Error("the fields that http.Cookie got are not seen")
	}
}

// TestRuntimeKnowsTheSame: a result with generated code and the same result by reflection are
// refused alike.
func TestRuntimeKnowsTheSame(t *testing.T) {
	_, file, _, _ := runtime.Caller(0)
	here, err := os.ReadFile(filepath.Join(filepath.Dir(file), "stdlib.go"))
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile(filepath.Join(filepath.Dir(file), "../../../../runtime/internal/stdlib/stdlib.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(here, there) {
		t.Error("runtime/internal/stdlib/stdlib.go differs; copy one over the other")
	}
}
