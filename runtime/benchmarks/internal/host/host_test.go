package host

import (
	"net"
	"os"
	"testing"

	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

func TestHostStopsItsServers(t *testing.T) {
	if missing := Missing(); missing != "" {
		redistest.Require(t, missing)
	}
	h := New()
	dir := h.tb.TempDir()
	s, err := h.Start()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Client().Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	order := ""
	h.Defer(func() { order += "a" })
	h.Defer(func() { order += "b" })
	h.Close()
	if order != "ba" {
		t.Errorf("cleaned up in the order %q", order)
	}
	if c, err := net.Dial("tcp", s.Addr); err == nil {
		_ = c.Close()
		t.Error("the server still runs")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder is still there")
	}
}

func TestAMissingServerIsAnError(t *testing.T) {
	t.Setenv("CACHEGEN_TEST_REDIS_SERVER", "no-such-program")
	t.Setenv("CACHEGEN_REQUIRE_SERVICES", "")
	h := New()
	defer h.Close()
	if _, err := h.Start(); err == nil {
		t.Error("a server that is not there was started")
	}
	if Missing() == "" {
		t.Error("nothing is missing")
	}
}
