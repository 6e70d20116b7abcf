package runtime_test

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands between a client and a server and misbehaves on request.
type proxy struct {
	l net.Listener

	mu      sync.Mutex
	target  string
	refused bool
	held    bool
	delay   time.Duration
	stalled string // a command that is not passed on, in lower case
	waiting int    // connections on which it came along
	conns   map[net.Conn]bool
	changed *sync.Cond
}

func newProxy(t testing.TB, target string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{l: l, target: target, conns: make(map[net.Conn]bool)}
	p.changed = sync.NewCond(&p.mu)
	go p.accept()
	t.Cleanup(func() {
		_ = l.Close()
		p.open()
		p.refuse()
	})
	return p
}

func (p *proxy) addr() string { return p.l.Addr().String() }

// to sends new connections to another server.
func (p *proxy) to(target string) { p.set(func() { p.target = target }) }

// refuse closes all connections and lets no new one through.
func (p *proxy) refuse() {
	p.set(func() {
		p.refused = true
		for c := range p.conns {
			_ = c.Close()
		}
	})
}

// hold keeps connections open and passes nothing on.
func (p *proxy) hold() { p.set(func() { p.held = true }) }

// slow delays everything in each direction.
func (p *proxy) slow(d time.Duration) { p.set(func() { p.delay = d }) }

// stall holds back connections on which a command comes along.
func (p *proxy) stall(command string) { p.set(func() { p.stalled = command }) }

// stalls reports whether a connection is held back.
func (p *proxy) stalls() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting > 0
}

// open behaves again.
func (p *proxy) open() { p.set(func() { p.refused, p.held, p.delay, p.stalled = false, false, 0, "" }) }

func (p *proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refused, target := p.refused, p.target
		p.mu.Unlock()
		if refused {
			_ = c.Close()
			continue
		}
		s, err := net.Dial("tcp", target)
		if err != nil {
			_ = c.Close()
			continue
		}
		p.mu.Lock()
		refused = p.refused // it may have come to that while dialling
		if !refused {
			p.conns[c], p.conns[s] = true, true
		}
		p.mu.Unlock()
		if refused {
			_, _ = c.Close(), s.Close()
			continue
		}
		go p.pass(c, s)
		go p.pass(s, c)
	}
}

func (p *proxy) pass(from, to net.Conn) {
	defer func() {
		_, _ = from.Close(), to.Close()
		p.set(func() { delete(p.conns, from) })
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		for p.held || p.stalled != "" && bytes.Contains(bytes.ToLower(buf[:n]), []byte(p.stalled)) {
			p.waiting++
			p.changed.Wait()
			p.waiting--
		}
		delay := p.delay
		p.mu.Unlock()
		if delay > 0 {
			time.Sleep(delay) // that is what it is for
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
