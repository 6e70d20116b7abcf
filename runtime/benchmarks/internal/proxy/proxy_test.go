package proxy

import (
	"context"
	"errors"
	"math"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

func start(t *testing.T) (*Proxy, *redis.Client) {
	p, err := New(miniredis.RunT(t).Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = c.Close() })
	// The client has connections of their own for pipelines.
	_, err = c.Pipelined(t.Context(), func(p redis.Pipeliner) error { return p.Echo(t.Context(), "").Err() })
	if err := errors.Join(err, c.Ping(t.Context()).Err()); err != nil {
		t.Fatal(err)
	}
	for !slices.Contains(p.Commands(), "PING") { // connecting has commands of its own
		time.Sleep(time.Millisecond)
	}
	return p, c
}

// eventually waits for what another goroutine counts.
func eventually(t *testing.T, p *Proxy, want ...string) {
	t.Helper()
	var got []string
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if got = append(got, p.Commands()...); len(got) >= len(want) {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("commands are %v, want %v", got, want)
	}
}

func TestCommandsAreCounted(t *testing.T) {
	p, c := start(t)
	ctx := t.Context()
	if err := c.Set(ctx, "a", "1\r\n*3\r\n", time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Get(ctx, "a")
		p.Del(ctx, "a")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, p, "SET", "GET", "DEL")
}

// A pipeline of three takes one round trip, three calls take three.
func TestDelayIsOneRoundTrip(t *testing.T) {
	p, c := start(t)
	const each = 20 * time.Millisecond
	p.Delay(each)
	ctx := t.Context()
	// A busy machine adds to the time, now and then; nothing takes from it.
	trips := func(do func() error) float64 {
		t.Helper()
		least := math.Inf(1)
		for range 10 {
			started := time.Now()
			if err := do(); err != nil {
				t.Fatal(err)
			}
			least = min(least, float64(time.Since(started))/float64(2*each))
		}
		return least
	}
	three := func(do func() error) func() error {
		return func() error { return errors.Join(do(), do(), do()) }
	}
	if got := trips(func() error {
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			return three(func() error { p.Ping(ctx); return nil })()
		})
		return err
	}); got < 1 || got >= 2 {
		t.Errorf("a pipeline took %.2f round trips", got)
	}
	if got := trips(three(func() error { return c.Ping(ctx).Err() })); got < 3 || got >= 4 {
		t.Errorf("three calls took %.2f round trips", got)
	}
}

func TestStall(t *testing.T) {
	p, c := start(t)
	p.Stall()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := c.Ping(ctx).Err(); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	p.Resume()
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestRefuse(t *testing.T) {
	p, c := start(t)
	p.Refuse()
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Errorf("a connection that exists: %v", err)
	}
	conn, err := net.Dial("tcp", p.Addr())
	if err == nil {
		_, err = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}
	if err == nil {
		t.Error("a new connection was let through")
	}
}
