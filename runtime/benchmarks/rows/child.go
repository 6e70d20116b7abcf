package rows

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// The environment of a child has these.
const (
	childPeer = "CACHEGEN_BENCHMARK_PEER"
	childAddr = "CACHEGEN_BENCHMARK_REDIS"
)

// loadTime is how long a load takes where many wait for it.
const loadTime = 50 * time.Millisecond

// Child makes this process another instance of a program that caches, if its environment says so.
// It then serves commands from its standard input, and returns true at the end of them.
func Child() bool {
	name := os.Getenv(childPeer)
	if name == "" {
		return false
	}
	if err := serve(name, os.Getenv(childAddr), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// serve answers each command with a line:
//
//	read ID N   N goroutines read ID at once; "LOADS ERRORS NANOSECONDS"
//	hang        the next load says "loading" and never ends; "ok"
func serve(name, addr string, in io.Reader, out io.Writer) error {
	var said sync.Mutex
	say := func(format string, args ...any) {
		said.Lock()
		defer said.Unlock()
		fmt.Fprintf(out, format+"\n", args...)
	}
	store := contact.NewStore(contact.New)
	store.SetDelay(loadTime)
	for _, c := range peers.Candidates() {
		if c.Name != name {
			continue
		}
		p, err := c.Contacts(peers.Setup{Addr: addr}, store)
		if err != nil {
			return err
		}
		defer p.Close()
		if _, err := p.Get(context.Background(), "warm-up"); err != nil {
			return err
		}
		say("ready")
		for lines := bufio.NewScanner(in); lines.Scan(); {
			var id string
			var n int
			if lines.Text() == "hang" {
				store.OnRead(func(context.Context, string, *contact.Contact) {
					say("loading")
					select {}
				})
				say("ok")
				continue
			}
			if _, err := fmt.Sscanf(lines.Text(), "read %s %d", &id, &n); err != nil {
				return fmt.Errorf("%q: %w", lines.Text(), err)
			}
			// Commands go on meanwhile: a read may never end.
			go func() {
				loads := store.Loads()
				failed, took := stampedeOn(p, id, n)
				say("%d %d %d", store.Loads()-loads, failed, took)
			}()
		}
		return nil
	}
	return fmt.Errorf("there is no candidate %q", name)
}

// stampedeOn reads a contact from n goroutines at once, and returns how many reads failed, and how
// long it took until all had ended.
func stampedeOn(p peers.Peer[*contact.Contact], id string, n int) (failed int64, took time.Duration) {
	var errs atomic.Int64
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for range n {
		done.Go(func() {
			ready.Done()
			<-start
			if v, err := p.Get(context.Background(), id); err != nil || v == nil || v.ID != id {
				errs.Add(1)
			}
		})
	}
	ready.Wait()
	started := time.Now()
	close(start)
	done.Wait()
	return errs.Load(), time.Since(started)
}

// A child is another process with an instance of its own.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // closed when it has ended
}

func startChild(e *Env, name, addr string) (*child, error) {
	c := &child{cmd: e.Again(), lines: make(chan string, 16)}
	c.cmd.Env = append(os.Environ(), childPeer+"="+name, childAddr+"="+addr)
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			c.lines <- s.Text()
		}
	}()
	if line, err := c.answer(20 * time.Second); err != nil || line != "ready" {
		c.kill()
		return nil, fmt.Errorf("a process with %s says %q: %w", name, line, err)
	}
	return c, nil
}

func (c *child) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.in, format+"\n", args...)
	return err
}

var errNoAnswer = errors.New("no answer")

// answer is the next line that it says. That there is none in time is errNoAnswer.
func (c *child) answer(within time.Duration) (string, error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case line, ok := <-c.lines:
		if !ok {
			return "", io.ErrUnexpectedEOF
		}
		return strings.TrimSpace(line), nil
	case <-timer.C:
		return "", errNoAnswer
	}
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}
