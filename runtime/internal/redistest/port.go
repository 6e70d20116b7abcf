package redistest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

const (
	// Ports of servers are below those that systems give to outgoing connections, 32,768 and up on
	// Linux. From there, a connection of any program could take the port of a server that is down
	// for a moment, and the server would not come back on it.
	firstPort = 10_000
	ports     = 6_000
	// From the port of a node of a cluster to the one on which it talks to the others.
	busOffset = 10_000
)

// ownPort returns a port on which a server can listen, with its cluster bus, and come back after it
// was killed, for as long as the test runs.
func ownPort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := firstPort + rand.N(ports)
		if reserve(t, port) {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// reserve reports whether a port and that of its bus are free, and if so keeps other tests, of
// other processes too, from choosing them. UDP ports of the same numbers stand for them: no server
// uses those, and they are free again when the process ends, however it does.
func reserve(t testing.TB, port int) bool {
	guard, err := net.ListenPacket("udp", loopback(port))
	if err != nil {
		return false
	}
	if !free(port) || !free(port+busOffset) {
		_ = guard.Close()
		return false
	}
	t.Cleanup(func() { _ = guard.Close() })
	return true
}

func free(port int) bool {
	l, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// tail keeps the last of what a server says, for the message of a test that fails.
type tail struct {
	mu   sync.Mutex
	last []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, p...)
	if over := len(t.last) - 2000; over > 0 {
		t.last = t.last[over:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("it says:\n%s", t.last)
}
