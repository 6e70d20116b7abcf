//go:build !race

// The race detector asks for memory of its own, page by page.

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// TestHeapInHugePages counts how often a process that allocates 32 MB has to ask the kernel for a page: 8192 times for pages of 4 KB.
func TestHeapInHugePages(t *testing.T) {
	const pages, child = 8192, "CACHEGEN_TEST_ALLOCATE"
	if os.Getenv(child) != "" {
		heapInHugePages(64 << 20)
		before := pageFaults(t)
		pieces := make([][]byte, 4*pages)
		for i := range pieces {
			pieces[i] = make([]byte, 1024)
			pieces[i][0] = 1
		}
		fmt.Printf("faults: %d of %d\n", pageFaults(t)-before, len(pieces))
		return
	}
	if setting, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled"); err != nil || bytes.Contains(setting, []byte("[never]")) {
		t.Skip("this system has no huge pages for programs that ask for them")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestHeapInHugePages$")
	cmd.Env = append(os.Environ(), child+"=1", "GOGC=off")
	out, err := cmd.CombinedOutput()
	_, count, found := bytes.Cut(out, []byte("faults: "))
	count, _, _ = bytes.Cut(count, []byte(" "))
	faults, convErr := strconv.Atoi(string(count))
	if err != nil || !found || convErr != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if faults > pages/4 {
		t.Errorf("%d pages were asked for, for what are %d of 4 KB: they are small", faults, pages)
	}
}

func pageFaults(t *testing.T) int64 {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return int64(usage.Minflt)
}
