//go:build linux && amd64

package guard

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// Times depend on the machine and on what else runs on it: a program on the other half of a core
// makes a hit 1.5 times as slow, and the same by hand 1.2 times. The instructions of a hit are the
// same each time. So a child process does hits, and this one lets it do one instruction at a time,
// and counts.

// cost is what one call executes.
type cost struct {
	instructions int
	locked       int // of these, those that lock a cache line: an atomic addition, a mutex
}

// stepEnv names the call to a process that is to be stepped through.
const stepEnv = "CACHEGEN_GUARD_STEP"

const (
	sample = 5               // calls that are stepped through
	marker = syscall.SIGUSR1 // what a child sends itself before and after each of them

	// The kernel's code for reading the clock is above the program, and is not counted: it begins
	// again when the clock ticks meanwhile, which it does while somebody steps through it.
	vdso = 0x7f00_0000_0000
)

// steps counts what one of the calls of localHits executes: the least of some calls, because now
// and then one has to refill a free list of the allocator.
func steps(t *testing.T, name string) cost {
	t.Helper()
	var err error
	for range 8 {
		var c cost
		if c, err = stepsOnce(name); err == nil {
			return c
		}
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) {
			t.Skipf("not counted: this machine lets no process trace another: %v", err)
		}
	}
	t.Fatal(err)
	return cost{}
}

// A tracee is a child that is stepped through.
type tracee struct {
	cmd     *exec.Cmd
	tid     int   // the thread that does the calls
	threads []int // all that are traced
	text    map[uint64][4]byte
}

func stepsOnce(name string) (least cost, err error) {
	// All requests of ptrace have to come from one thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := &tracee{cmd: exec.Command(os.Args[0]), text: make(map[uint64][4]byte)}
	c.cmd.Env = append(os.Environ(), stepEnv+"="+name, "GODEBUG=asyncpreemptoff=1")
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return cost{}, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return cost{}, err
	}
	if err := c.cmd.Start(); err != nil {
		return cost{}, err
	}
	// Where a thread was stopped that has what the call needs, the call waits for ever.
	watchdog := time.AfterFunc(20*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer watchdog.Stop()
	defer c.end()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return cost{}, err
	}
	if c.tid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		return cost{}, err
	}
	if err := c.stop(c.tid); err != nil {
		return cost{}, err
	}
	if _, err := in.Write([]byte{'\n'}); err != nil {
		return cost{}, err
	}
	if err := c.untilMarker(); err != nil {
		return cost{}, err
	}
	if err := c.stopOthers(); err != nil {
		return cost{}, err
	}
	for n := range sample {
		if err := c.untilMarker(); err != nil {
			return cost{}, err
		}
		step, err := c.untilNextMarker()
		if err != nil {
			return cost{}, err
		}
		if n == 0 || step.instructions < least.instructions {
			least = step
		}
	}
	return least, nil
}

// end kills a child. It has ended when who traces its threads knows of the end of each.
func (c *tracee) end() {
	_ = c.cmd.Process.Kill()
	for _, tid := range c.threads {
		if tid != c.cmd.Process.Pid {
			_, _ = syscall.Wait4(tid, nil, syscall.WALL, nil)
		}
	}
	_ = c.cmd.Wait()
}

// stop attaches to a thread.
func (c *tracee) stop(tid int) error {
	if err := syscall.PtraceAttach(tid); err != nil {
		return fmt.Errorf("attach to a thread: %w", err)
	}
	c.threads = append(c.threads, tid)
	_, err := c.wait(tid)
	return err
}

// stopOthers stops all threads but one: they would notice that a call takes thousands of times as
// long as it should, and interrupt it.
func (c *tracee) stopOthers() error {
	for again := true; again; {
		again = false
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", c.cmd.Process.Pid))
		if err != nil {
			return err
		}
		for _, thread := range threads {
			tid, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if slices.Contains(c.threads, tid) {
				continue
			}
			if err := c.stop(tid); err != nil {
				return err
			}
			again = true // until it was stopped it may have started another
		}
	}
	return nil
}

// untilMarker lets a child run to its next marker.
func (c *tracee) untilMarker() error {
	for {
		if err := syscall.PtraceCont(c.tid, 0); err != nil {
			return fmt.Errorf("continue: %w", err)
		}
		if signal, err := c.wait(c.tid); err != nil || signal == marker {
			return err
		}
	}
}

// untilNextMarker steps through a child to its next marker, and counts.
func (c *tracee) untilNextMarker() (n cost, err error) {
	for {
		var regs syscall.PtraceRegs
		if err := syscall.PtraceGetRegs(c.tid, &regs); err != nil {
			return n, fmt.Errorf("read the registers: %w", err)
		}
		code, known := c.text[regs.Rip]
		if !known {
			if _, err := syscall.PtracePeekText(c.tid, uintptr(regs.Rip), code[:]); err != nil {
				return n, fmt.Errorf("read an instruction: %w", err)
			}
			c.text[regs.Rip] = code
		}
		if err := syscall.PtraceSingleStep(c.tid); err != nil {
			return n, fmt.Errorf("step: %w", err)
		}
		signal, err := c.wait(c.tid)
		switch {
		case err != nil || signal == marker:
			return n, err
		case signal == syscall.SIGTRAP && regs.Rip < vdso:
			n.instructions++
			if locks(code) {
				n.locked++
			}
		}
	}
}

// wait waits until a thread has stopped, and returns the signal that stopped it.
func (c *tracee) wait(tid int) (syscall.Signal, error) {
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(tid, &status, syscall.WALL, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait for a thread: %w", err)
		case !status.Stopped():
			return 0, errors.New("the child was stuck, and killed")
		default:
			return status.StopSignal(), nil
		}
	}
}

// locks reports whether an instruction has a LOCK prefix, or is an exchange with memory, which
// locks without one.
func locks(code [4]byte) bool {
	const lock, operandSize, exchange8, exchange = 0xf0, 0x66, 0x86, 0x87
	b := code[:3]
	for len(b) > 1 && (b[0] == operandSize || b[0]&0xf0 == 0x40) { // and REX
		b = b[1:]
	}
	return b[0] == lock || len(b) > 1 && (b[0] == exchange || b[0] == exchange8) && b[1] < 0xc0
}

// stepChild does the call that the environment names, in a process that is to be stepped through.
// It returns false in any other process.
func stepChild() bool {
	name := os.Getenv(stepEnv)
	if name == "" {
		return false
	}
	runtime.LockOSThread()
	s, err := openShop(nil)
	if err != nil {
		panic(err)
	}
	call := localHits(s)[name]
	for range 10_000 {
		call()
	}
	debug.SetGCPercent(-1)
	runtime.GC() // none is running now, and nothing is left to be swept
	fmt.Println(syscall.Gettid())
	// A raw system call: who waits in another one gives its place away, and gets it back from
	// others.
	var line [1]byte
	syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&line[0])), 1)
	runtime.Gosched() // gives way to whoever has asked for it meanwhile
	pid, tid := uintptr(os.Getpid()), uintptr(syscall.Gettid())
	mark := func() { syscall.RawSyscall(syscall.SYS_TGKILL, pid, tid, uintptr(marker)) }
	mark() // the others are stopped here
	for range sample {
		call() // the first after the collection finds the allocator without free lists
		mark()
		call()
		mark()
	}
	return true
}

// TestSteps holds what a hit executes beside the same by hand. The counts of a value and of a
// shared value are the same in each run, and those of a pointer differ by one per cent, so the
// limits are 1 % and 2 % above them: a loop that waits for each of its steps executes little for
// its time.
//
// In one process of some dozens each hit takes a longer way, because of where its hash seeds or its
// memory happen to be. A call that executes more does so in each process, so several have to agree.
//
// README.md says how it was shown that a hit which is a fifth slower fails here.
func TestSteps(t *testing.T) {
	if raceEnabled || testing.CoverMode() != "" {
		t.Skip("this binary executes more than the code has")
	}
	for _, c := range []struct {
		name   string
		most   float64 // the largest ratio of the instructions
		locked int     // the most that lock
	}{
		{"value", 1.392, 1},   // it is 1.378
		{"pointer", 1.145, 1}, // 1.118 to 1.127
		{"shared", 1.408, 1},  // 1.394
	} {
		hand := min(steps(t, c.name+" by hand").instructions, steps(t, c.name+" by hand").instructions)
		var ours cost
		ratio := math.Inf(1)
		for n := 0; n < attempts && (ratio > c.most || ours.locked > c.locked); n++ {
			ours = steps(t, c.name)
			ratio = min(ratio, float64(ours.instructions)/float64(hand))
		}
		t.Logf("%s: %d instructions, by hand %d: %.3f; %d lock", c.name, ours.instructions, hand, ratio, ours.locked)
		if ratio > c.most {
			t.Errorf("a hit of a %s executes %.3f times the instructions of one by hand, want at most %.3f", c.name, ratio, c.most)
		}
		if ours.locked > c.locked {
			t.Errorf("a hit of a %s locks %d times, want %d", c.name, ours.locked, c.locked)
		}
	}
}
