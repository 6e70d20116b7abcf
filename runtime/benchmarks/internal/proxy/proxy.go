// Package proxy stands between clients and a Redis server. It counts commands, delays what passes,
// and stops on request.
package proxy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Proxy passes connections on to a server.
type Proxy struct {
	l      net.Listener
	target string
	done   sync.WaitGroup

	mu       sync.Mutex
	changed  sync.Cond
	commands []string
	delay    time.Duration
	held     bool
	closed   bool // new connections are closed at once
	conns    map[net.Conn]bool
}

// New starts a proxy in front of a server.
func New(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{l: l, target: target, conns: map[net.Conn]bool{}}
	p.changed.L = &p.mu
	p.done.Go(p.accept)
	return p, nil
}

// Addr is where clients connect to.
func (p *Proxy) Addr() string { return p.l.Addr().String() }

// Commands returns the names of all commands since the last call, in the order in which they came.
func (p *Proxy) Commands() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.commands
	p.commands = nil
	return c
}

// Delay holds up everything for that long in each direction, and does not make pipelines slower
// than that.
func (p *Proxy) Delay(d time.Duration) { p.set(func() { p.delay = d }) }

// Stall keeps connections open and passes nothing on, until Resume.
func (p *Proxy) Stall() { p.set(func() { p.held = true }) }

// Refuse lets no new connection through until Resume. Those that exist stay.
func (p *Proxy) Refuse() { p.set(func() { p.closed = true }) }

// Resume ends Stall and Refuse.
func (p *Proxy) Resume() { p.set(func() { p.held, p.closed = false, false }) }

// Close closes the proxy and all connections.
func (p *Proxy) Close() {
	_ = p.l.Close()
	p.set(func() {
		p.held, p.closed = false, true
		for c := range p.conns {
			_ = c.Close()
		}
	})
	p.done.Wait()
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

func (p *Proxy) accept() {
	for {
		client, err := p.l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		p.mu.Lock()
		ok := err == nil && !p.closed
		if ok {
			p.conns[client], p.conns[server] = true, true
			p.done.Add(3)
		}
		p.mu.Unlock()
		if !ok {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		// Commands are counted on the side: what a client sends is passed on at once.
		seen, sent := io.Pipe()
		go p.count(seen)
		go p.pass(client, server, sent)
		go p.pass(server, client, nil)
	}
}

// A chunk leaves at its time.
type chunk struct {
	data []byte
	at   time.Time
}

// pass copies one direction. What is read leaves after the delay of the moment of reading.
func (p *Proxy) pass(from, to net.Conn, copied *io.PipeWriter) {
	defer p.done.Done()
	chunks := make(chan chunk, 4096)
	var writer sync.WaitGroup
	writer.Go(func() {
		for c := range chunks {
			time.Sleep(time.Until(c.at))
			p.mu.Lock()
			for p.held {
				p.changed.Wait()
			}
			p.mu.Unlock()
			if _, err := to.Write(c.data); err != nil {
				_ = from.Close()
			}
		}
	})
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			data := append([]byte(nil), buf[:n]...)
			p.mu.Lock()
			at := time.Now().Add(p.delay)
			p.mu.Unlock()
			if copied != nil {
				_, _ = copied.Write(data)
			}
			chunks <- chunk{data, at}
		}
		if err != nil {
			break
		}
	}
	close(chunks)
	writer.Wait()
	if copied != nil {
		_ = copied.Close()
	}
	_, _ = from.Close(), to.Close()
	p.set(func() { delete(p.conns, from) })
}

// count reads commands: arrays of bulk strings, as all clients send them.
func (p *Proxy) count(from io.Reader) {
	defer p.done.Done()
	r := bufio.NewReader(from)
	for {
		name, err := command(r)
		if err != nil {
			_, _ = io.Copy(io.Discard, r) // what is not understood must not hold up the connection
			return
		}
		p.mu.Lock()
		p.commands = append(p.commands, name)
		p.mu.Unlock()
	}
}

// command reads one command and returns its name in capitals.
func command(r *bufio.Reader) (string, error) {
	n, err := length(r, '*')
	if err != nil || n < 1 {
		return "", errors.Join(err, errors.New("no command"))
	}
	name := ""
	for i := range n {
		size, err := length(r, '$')
		if err != nil {
			return "", err
		}
		if i == 0 {
			word := make([]byte, size)
			if _, err := io.ReadFull(r, word); err != nil {
				return "", err
			}
			name, size = strings.ToUpper(string(word)), 0
		}
		if _, err := r.Discard(size + len("\r\n")); err != nil {
			return "", err
		}
	}
	return name, nil
}

func length(r *bufio.Reader, kind byte) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != kind {
		return 0, fmt.Errorf("%q where %q was expected", line, kind)
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}
