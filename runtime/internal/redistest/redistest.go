// Package redistest gives tests Redis servers of their own, which they may kill, flush, freeze and
// fail over.
//
// Servers run on ports of their own, keep nothing, and are stopped by process id. A machine without
// redis-server (or valkey-server) skips the test by name, unless CACHEGEN_REQUIRE_SERVICES=1 says
// that it must run.
package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// Require fails a test that lacks a service on a machine that must have it, and skips it elsewhere.
func Require(t testing.TB, missing string) {
	t.Helper()
	if os.Getenv("CACHEGEN_REQUIRE_SERVICES") == "1" {
		t.Fatalf("CACHEGEN_REQUIRE_SERVICES=1, but %s", missing)
	}
	t.Skipf("not run against a real server: %s", missing)
}

// Server is a running server process.
type Server struct {
	Addr string

	t     testing.TB
	bin   string
	args  []string
	env   []string // nil: that of this process
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
	said  *tail         // by cmd

	once   sync.Once
	manage *redis.Client
}

// binary finds the server program. CACHEGEN_TEST_REDIS_SERVER names another, such as valkey-server
// or another version.
func binary(t testing.TB) string {
	t.Helper()
	path, missing := find()
	if missing != "" {
		Require(t, missing)
	}
	return path
}

func find() (path, missing string) {
	names := []string{"redis-server", "valkey-server"}
	if name := os.Getenv("CACHEGEN_TEST_REDIS_SERVER"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, ""
		}
	}
	return "", fmt.Sprintf("none of %q is installed", names)
}

// Missing says why tests of a real server are skipped, or nothing if they are not.
func Missing() string {
	_, missing := find()
	return missing
}

// Start starts a server with further arguments, as on its command line, and stops it when the test
// ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, ownPort(t), args...)
}

func start(t testing.TB, port int, args ...string) *Server {
	t.Helper()
	return startIn(t, port, nil, args...)
}

func startIn(t testing.TB, port int, env []string, args ...string) *Server {
	t.Helper()
	return run(t, port, env, append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir(), "--daemonize", "no", "--loglevel", "warning",
	}, append(users(), args...)...))
}

// run starts the program with exactly these arguments, which make it listen on the port.
func run(t testing.TB, port int, env, args []string) *Server {
	t.Helper()
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), t: t, bin: binary(t), args: args, env: env}
	s.Restart()
	t.Cleanup(func() {
		s.ReportRefusals(s.t)
		s.Kill()
	})
	return s
}

// Restart starts the server again, empty, after Kill.
func (s *Server) Restart() {
	s.t.Helper()
	s.launch()
	client := redis.NewClient(AsAdmin(&redis.Options{Addr: s.Addr, MaxRetries: -1}))
	defer client.Close()
	for deadline := time.Now().Add(30 * time.Second); ; {
		err := client.Ping(context.Background()).Err()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s does not answer on %s: %v\n%s", s.bin, s.Addr, err, s.said)
		}
		select {
		case <-s.ended: // it could not have its port, for one
			s.launch()
		default:
		}
		// The server is another process: there is nothing to wait on.
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Server) launch() {
	s.t.Helper()
	// Servers are killed here: for each, the client would print every attempt to dial.
	logging.Disable()
	cmd, ended := exec.Command(s.bin, s.args...), make(chan struct{})
	s.cmd, s.ended, s.said = cmd, ended, new(tail)
	cmd.SysProcAttr, cmd.Env, cmd.Stdout, cmd.Stderr = dieWithParent(), s.env, s.said, s.said
	// A child of it that writes a dump for a replica can hold its output open.
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start %s: %v", s.bin, err)
	}
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
}

// Kill ends the process at once.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		<-s.ended
		s.cmd = nil
	}
}

// Freeze stops the process without ending it: connections stay open and nothing is answered.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("signal %v: %v", sig, err)
	}
}

// Client returns a client of the server with its library's default options, closed when the test
// ends.
func (s *Server) Client() *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}
