package runtime_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// child is another process with a cache of its own: this test binary, which answers commands line
// by line.
type child struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startChild(t testing.TB, role, addr string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildProcess$")
	cmd.Env = append(os.Environ(), "CACHEGEN_CHILD="+role, "CACHEGEN_CHILD_REDIS="+addr)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{t, cmd, in, bufio.NewReader(out)}
	t.Cleanup(c.kill)
	return c
}

func (c *child) ask(command string) string {
	c.t.Helper()
	_, err := fmt.Fprintln(c.in, command)
	require.NoError(c.t, err)
	return c.answer()
}

func (c *child) answer() string {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	require.NoError(c.t, err)
	return strings.TrimSpace(line)
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

func (c *child) pause()  { require.NoError(c.t, c.cmd.Process.Signal(syscall.SIGSTOP)) }
func (c *child) resume() { require.NoError(c.t, c.cmd.Process.Signal(syscall.SIGCONT)) }

// TestChildProcess is the other process of other tests.
func TestChildProcess(t *testing.T) {
	role := os.Getenv("CACHEGEN_CHILD")
	if role == "" {
		t.Skip("only run by other tests, as a process of its own")
	}
	if role == "registers" {
		playRegisters(t)
		return
	}
	if role == "cold" {
		startCold(t, os.Getenv("CACHEGEN_CHILD_REDIS"))
		return
	}
	if role == "crash" {
		in := bufio.NewScanner(os.Stdin)
		require.True(t, in.Scan())
		crash(t, os.Getenv("CACHEGEN_CHILD_REDIS"), strings.TrimPrefix(in.Text(), "crash "))
		return
	}
	b := backend{"child", connect(t, os.Getenv("CACHEGEN_CHILD_REDIS"))}
	s := newStore(contact{ID: "42", Name: "child"})
	c := b.newCache(t)
	repo := decorate(s, c)
	if role == "local" {
		repo = decorate(s, c, local)
	}
	if role == "hang" {
		s.setHook(func(context.Context, string) {
			fmt.Println("loading")
			select {}
		})
		_, _ = repo.Get(acme(), "42")
		return
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		command, arg, _ := strings.Cut(in.Text(), " ")
		switch command {
		case "staleness":
			d, err := time.ParseDuration(arg)
			require.NoError(t, err)
			c = b.newCache(t, func(o *runtime.Options) { o.Staleness = d })
			repo = decorate(s, c, local)
			fmt.Println("ok")
		case "get":
			fmt.Printf("%s loads=%d\n", get(t, repo, "42").Name, s.loads.Load())
		case "warm":
			warm(t, repo, c, "42")
			fmt.Println("ok")
		case "read": // what one read does
			loads, hits := s.loads.Load(), c.Stats().LocalHits
			get(t, repo, "42")
			fmt.Printf("loads=%d local=%d\n", s.loads.Load()-loads, c.Stats().LocalHits-hits)
		case "update":
			require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "child"}))
			fmt.Println("ok")
		case "fenced": // a fenced write that dies at the step named
			fencedUpdate(repo, arg)
			fmt.Println("ok")
		}
	}
}
