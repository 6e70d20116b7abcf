package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mockGenerator is a tool that, like the command, writes a type for each interface.
type mockGenerator struct {
	name, module string
	prepare      func(b *testing.B, dir string, packages int) // writes what configures it
	run          func(b *testing.B, dir, program string, packages int) cost
}

var mockGenerators = []mockGenerator{
	{"mockery-v2", "github.com/vektra/mockery/v2@v2.53.7", configureMockery(`with-expecter: true
dir: mocks/{{.PackageName}}
packages:
  example.com/p:
    config:
      all: true
      recursive: true
`), runOnce},
	{"mockery-v3", "github.com/vektra/mockery/v3@v3.9.1", configureMockery(`all: true
dir: mocks/{{.SrcPackageName}}
packages:
  example.com/p:
    config:
      recursive: true
`), runOnce},
	{"moq", "github.com/matryer/moq@v0.8.1", func(*testing.B, string, int) {}, runMoq},
	{"counterfeiter", "github.com/maxbrunsfeld/counterfeiter/v6@v6.14.0", annotateForCounterfeiter, runCounterfeiter},
}

// BenchmarkBesideMockGenerators compares the command with generators of mocks, on 10 packages of 10
// interfaces. It reports what each takes per interface, and the ratio of that to what the command
// takes (x-cachegen), which must be at least 1. A generator that works on one package runs 10
// times. The go command installs the generators, so this module does not depend on them.
func BenchmarkBesideMockGenerators(b *testing.B) {
	const packages, interfaces = 10, 100
	b.Setenv("GOFLAGS", "-trimpath")
	cachegen := filepath.Join(b.TempDir(), "cachegen")
	build(b, cachegen, ".")
	for _, g := range mockGenerators {
		b.Run(g.name, func(b *testing.B) {
			program := install(b, g.module)
			ourDir, theirDir := annotatedModule(b, packages), annotatedModule(b, packages)
			g.prepare(b, theirDir, packages)
			g.run(b, theirDir, program, packages) // the build cache has what both ask for
			measure(b, ourDir, cachegen, "./...")
			var ours, theirs cost
			for b.Loop() {
				for range 3 {
					theirs.improve(g.run(b, theirDir, program, packages))
					takeOutputs(b, ourDir)
					ours.improve(measure(b, ourDir, cachegen, "./..."))
				}
			}
			ratio := theirs.wall.Seconds() / ours.wall.Seconds()
			b.ReportMetric(ratio, "x-cachegen")
			b.ReportMetric(theirs.cpu.Seconds()/ours.cpu.Seconds(), "x-cachegen-cpu")
			b.ReportMetric(theirs.wall.Seconds()*1000/interfaces, "ms/interface")
			b.ReportMetric(ours.wall.Seconds()*1000/interfaces, "cachegen-ms/interface")
			if ratio < 1 {
				b.Errorf("%s takes %.2f times what cachegen takes", g.name, ratio)
			}
		})
	}
}

// install has the go command install a program, and skips the benchmark if the module proxy does
// not serve it.
func install(b *testing.B, module string) (program string) {
	b.Helper()
	bin := b.TempDir()
	cmd := exec.Command("go", "install", module)
	cmd.Dir = bin // outside of this module
	cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOWORK=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		last := bytes.TrimSpace(out)
		b.Skipf("%s cannot be installed: %v: %s", module, err, last[bytes.LastIndexByte(last, '\n')+1:])
	}
	programs, err := filepath.Glob(filepath.Join(bin, "*"))
	if err != nil || len(programs) != 1 {
		b.Fatalf("%s installs %q, %v", module, programs, err)
	}
	return programs[0]
}

func configureMockery(config string) func(*testing.B, string, int) {
	return func(b *testing.B, dir string, _ int) {
		b.Helper()
		if err := os.WriteFile(filepath.Join(dir, ".mockery.yml"), []byte(config), 0o666); err != nil {
			b.Fatal(err)
		}
	}
}

// runOnce runs it for all packages. Earlier mocks go first, or it would make mocks of their
// interfaces.
func runOnce(b *testing.B, dir, program string, packages int) cost {
	b.Helper()
	out := filepath.Join(dir, "mocks")
	if err := os.RemoveAll(out); err != nil {
		b.Fatal(err)
	}
	took := measure(b, dir, program)
	mocks, err := filepath.Glob(filepath.Join(out, "*", "*.go"))
	if err != nil || len(mocks) < packages {
		b.Fatalf("%s wrote %d files, %v", program, len(mocks), err)
	}
	return took
}

// runMoq runs it as go generate would, once for each package.
func runMoq(b *testing.B, dir, program string, packages int) cost {
	return runInPackages(b, dir, packages, func(sub string) cost {
		args := []string{"-out", "moq_test.go", "."}
		for i := range 10 {
			args = append(args, fmt.Sprint("Repository", i))
		}
		return measure(b, sub, program, args...)
	})
}

func runCounterfeiter(b *testing.B, dir, program string, packages int) cost {
	return runInPackages(b, dir, packages, func(sub string) cost { return measure(b, sub, program, "-generate") })
}

// annotateForCounterfeiter adds a file to each package that says what to generate.
func annotateForCounterfeiter(b *testing.B, dir string, packages int) {
	b.Helper()
	for i := range packages {
		var src strings.Builder
		fmt.Fprintf(&src, "package p%d\n\n", i)
		for j := range 10 {
			fmt.Fprintf(&src, "//counterfeiter:generate . Repository%d\n", j)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("p", i), "fakes.go"), []byte(src.String()), 0o666); err != nil {
			b.Fatal(err)
		}
	}
}

func runInPackages(b *testing.B, dir string, packages int, run func(sub string) cost) cost {
	b.Helper()
	var all cost
	for i := range packages {
		one := run(filepath.Join(dir, fmt.Sprint("p", i)))
		all.wall += one.wall
		all.cpu += one.cpu
	}
	return all
}
