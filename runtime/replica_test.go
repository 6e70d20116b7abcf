package runtime_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// replicated is a primary, a replica that hears of its writes through a proxy, and another proxy
// through which clients come to the primary.
type replicated struct {
	primary, replica   *redistest.Server
	replication, front *proxy
}

func startReplicated(t testing.TB) *replicated {
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	replication := newProxy(t, primary.Addr)
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+portOf(replication.addr()), "--repl-diskless-sync-delay", "0")
	return &replicated{primary, replica, replication, newProxy(t, primary.Addr)}
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

func (r *replicated) backend(t testing.TB) backend {
	return backend{"redis", client(t, r.front.addr())}
}

func (r *replicated) newCache(t testing.TB, change ...func(*runtime.Options)) *runtime.Cache {
	return r.backend(t).newCache(t, change...)
}

// settle waits until the replica has what the primary has.
func (r *replicated) settle(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	primary, replica := r.primary.Admin(), r.replica.Admin()
	require.Eventually(t, func() bool {
		a, errA := primary.DBSize(ctx).Result()
		b, errB := replica.DBSize(ctx).Result()
		n, errN := primary.Wait(ctx, 1, time.Second).Result()
		return errA == nil && errB == nil && errN == nil && a == b && a > 0 && n == 1
	}, 10*time.Second, 10*time.Millisecond, "the replica does not follow")
}

// fail kills the primary. The replica takes its place, with what it has heard.
func (r *replicated) fail(t testing.TB) {
	r.front.refuse()
	r.primary.Kill()
	require.NoError(t, r.replica.Admin().ReplicaOf(context.Background(), "NO", "ONE").Err())
	r.front.to(r.replica.Addr)
	r.front.open()
}

// hasEntry asserts that the replica has the entry of contact 42, and so that its invalidation has
// passed it by: else a test shows nothing.
func (r *replicated) hasEntry(t testing.TB) {
	t.Helper()
	require.NotEmpty(t, r.replica.Admin().Get(context.Background(), "test:acme:contact:42:v00c0ffee").Val(), "this test shows nothing")
}
