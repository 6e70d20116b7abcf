package redistest

import (
	_ "embed"
	bytes "encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

//go:embed clock/clock.c
var clockC []byte

// Clock is a server's time of day, which a test sets.
type Clock struct {
	t    testing.TB
	file string
}

// StartWithClock is Start for a server whose time of day the test sets. It is put in front of the C
// library's, so it takes Linux and a C compiler.
func StartWithClock(t testing.TB, args ...string) (*Server, *Clock) {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil || runtime.GOOS != "linux" {
		Require(t, "a server's clock can only be set on Linux, with a C compiler")
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "clock.c"), filepath.Join(dir, "clock.so")
	c := &Clock{t, filepath.Join(dir, "ahead")}
	c.Set(0)
	if err := os.WriteFile(source, clockC, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(compiler, "-shared", "-fPIC", "-O1", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("compile the clock: %v\n%s", err, said)
	}
	return startIn(t, ownPort(t), append(os.Environ(), "LD_PRELOAD="+library, "CLOCK_AHEAD="+c.file), args...), c
}

// Set sets the clock ahead of that of the machine, or behind it. It counts at once.
func (c *Clock) Set(ahead time.Duration) {
	c.t.Helper()
	f, err := os.OpenFile(c.file, os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		// In place, and in one piece: the server has it mapped.
		_, err = f.WriteAt(bytes.NativeEndian.AppendUint64(nil, uint64(ahead.Microseconds())), 0)
		_ = f.Close()
	}
	if err != nil {
		c.t.Fatalf("set the clock: %v", err)
	}
}
