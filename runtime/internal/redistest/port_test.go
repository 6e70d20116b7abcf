package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A server that was killed comes back on its port, also when something else has had it for a
// moment.
func TestServerComesBackOnItsPort(t *testing.T) {
	s := Start(t)
	s.Kill()
	l, err := net.Listen("tcp", s.Addr)
	require.NoError(t, err)
	time.AfterFunc(300*time.Millisecond, func() { _ = l.Close() })
	s.Restart()
	require.NoError(t, s.Client().Ping(context.Background()).Err())
}

func TestPortsAreReserved(t *testing.T) {
	port := ownPort(t)
	require.False(t, reserve(t, port), "the port of a server that is down for a moment is given to another")
	var low, high int
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Skip("not Linux")
	}
	_, err = fmt.Sscan(string(text), &low, &high)
	require.NoError(t, err)
	require.Less(t, firstPort+ports+busOffset, low, "an outgoing connection can take the port of a server that is down for a moment")
}
