package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var publicTool = flag.String("publictool", "", "a cachegen that finds in place of this one what public interfaces with one prefix have")

// entityTargets are packages of public modules with interfaces that each store an entity, and its
// name where the interface does not tell it.
var entityTargets = []struct{ module, pkg, entity string }{
	{"github.com/alexedwards/scs/v2@v2.9.0", ".", "session"},
	{"github.com/casbin/casbin/v2@v2.135.0", "persist/cache", "decision"},
	{"github.com/go-oauth2/oauth2/v4@v4.5.4", ".", "token"},
	{"maunium.net/go/mautrix@v0.32.0", ".", "state"},
	{"maunium.net/go/mautrix@v0.32.0", "crypto", "crypto"},
	{"github.com/matrix-org/dendrite@v0.13.8", "mediaapi/storage/tables", ""},
	{"github.com/matrix-org/dendrite@v0.13.8", "relayapi/storage/tables", ""},
	{"github.com/matrix-org/dendrite@v0.13.8", "userapi/storage/tables", ""},
	{"github.com/matrix-org/dendrite@v0.13.8", "federationapi/storage/tables", ""},
	{"github.com/matrix-org/dendrite@v0.13.8", "roomserver/storage/tables", ""},
	{"github.com/matrix-org/dendrite@v0.13.8", "syncapi/storage/tables", ""},
}

// TestPublicEntities annotates interfaces of public packages with one prefix for each. It says
// what is found, follows at once what the findings propose, and says what is found then. The rest
// generates, builds and vets without what is refused still.
func TestPublicEntities(all *testing.T) {
	if *public == "" {
		all.Skip("downloads public modules; run with -public=.")
	}
	pick := regexp.MustCompile(*public)
	dirs := make(map[string]string)
	for _, target := range entityTargets {
		if name := target.module + "/" + target.pkg; pick.MatchString(name) {
			all.Run(name, func(t *testing.T) {
				if dirs[target.module] == "" {
					dirs[target.module] = writable(all, target.module)
				}
				tryEntities(t, dirs[target.module], target.pkg, target.entity)
			})
		}
	}
}

func tryEntities(t *testing.T, dir, pkg, entity string) {
	t.Setenv("GOFLAGS", "-mod=mod -tags=goolm") // mautrix then needs no C library
	t.Setenv("GOWORK", "off")
	original, methods := readPublic(t, filepath.Join(dir, filepath.FromSlash(pkg)))
	methods, interfaces := entities(methods, entity)
	reads, writes := countPublic(methods)
	annotate(t, original, methods)
	findings := findPublic(t, dir, pkg)
	t.Logf("%d interfaces, %d reads, %d writes; found: %s", interfaces, reads, writes, byRule(t, findings))
	t.Logf("%s", findings)
	if *publicTool != "" {
		return
	}
	propose(t, findings, methods)
	annotate(t, original, methods)
	findings = findPublic(t, dir, pkg)
	t.Logf("with what is proposed: %s", byRule(t, findings))
	t.Logf("%s", findings)
	refused := generatePublic(t, dir, pkg, original, methods)
	reads, writes = countPublic(methods)
	t.Logf("left: %d reads, %d writes; refused: %v", reads, writes, refused)
}

var (
	reading      = regexp.MustCompile(`^(Bulk)?(Get|List|Find|Select|Is|Has|Count|Load|Fetch|All|Search)`)
	entitySuffix = regexp.MustCompile(`(Iterable|Privileged)?(Ctx)?(Store|Table|Persister|Pool|DB|Cache)$`)
)

// entities gives the methods of each interface that stores something and has reads a directive,
// and the interface the prefix of its entity, as a method without a signature.
func entities(methods []*publicMethod, entity string) (list []*publicMethod, interfaces int) {
	has := make(map[string]bool)
	for _, m := range methods {
		if m.writes = !reading.MatchString(m.name) || onlyError(m.sig); !m.writes && (entity == "" || entitySuffix.MatchString(m.repo)) {
			has[m.file+m.repo] = true
		}
	}
	seen := make(map[string]bool)
	for _, m := range methods {
		if !has[m.file+m.repo] {
			continue
		}
		entity := cmp.Or(strings.ToLower(entitySuffix.ReplaceAllString(m.repo, "")), entity)
		if !seen[m.file+m.repo] {
			seen[m.file+m.repo] = true
			list = append(list, &publicMethod{file: m.file, line: m.typeLine, repo: m.repo, directive: "//cache:prefix=" + entity})
			interfaces++
		}
		switch {
		case !m.writes:
			m.directive = "//cache:ttl=10m"
		case writing.MatchString(m.name) || onlyError(m.sig):
			m.directive = "//cache:invalidate=" + entity + ":*"
		default:
			continue
		}
		list = append(list, m)
	}
	return list, interfaces
}

func findPublic(t *testing.T, dir, pkg string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := []string{"-json", "./" + pkg}
	code := 0
	if *publicTool == "" {
		code = run(t.Context(), env{dir: dir, stdout: &stdout, stderr: &stderr}, args)
	} else {
		cmd := exec.Command(*publicTool, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		code = cmd.ProcessState.ExitCode()
	}
	if code == exitBroken {
		t.Fatalf("%s%s", stdout.Bytes(), stderr.Bytes())
	}
	made, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pkg), "*_cachegen.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range made {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	return stdout.Bytes()
}

type publicFinding struct {
	File, Severity, Rule, Message string
	Line                          int
}

func eachFinding(t *testing.T, findings []byte, do func(f publicFinding)) {
	t.Helper()
	for line := range bytes.Lines(findings) {
		var f publicFinding
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		do(f)
	}
}

// byRule counts findings, as in "2 error overlap, 1 warning no-context".
func byRule(t *testing.T, findings []byte) string {
	t.Helper()
	n := make(map[string]int)
	eachFinding(t, findings, func(f publicFinding) { n[f.Severity+" "+f.Rule]++ })
	data, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var proposedOption = regexp.MustCompile(`ignore=\{\w+\}|(key|prefix)=[^\s;,]+`)

// propose adds all that the findings propose to the directives that stand.
func propose(t *testing.T, findings []byte, methods []*publicMethod) {
	t.Helper()
	stand := slices.Clone(methods)
	eachFinding(t, findings, func(f publicFinding) {
		m, _ := methodAt(stand, filepath.Base(f.File), f.Line)
		if m == nil || m.writes || m.sig == nil {
			return
		}
		option := proposedOption.FindString(f.Message)
		name, value, _ := strings.Cut(option, "=")
		switch {
		case option == "" || strings.Contains(m.directive, option):
		case !strings.Contains(m.directive, " "+name+"="):
			m.directive += " " + option
		case name == "ignore":
			m.directive = strings.Replace(m.directive, "ignore=", "ignore="+value+",", 1)
		default:
			t.Logf("%s.%s: a second proposal: %s", m.repo, m.name, option)
		}
	})
}
