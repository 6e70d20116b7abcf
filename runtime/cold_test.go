package runtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

const (
	coldProcesses = 4
	coldCallers   = 200 // in each process
	coldKeys      = 500
	coldLoad      = 2 * time.Millisecond
)

// coldReport is what a process says of its start.
type coldReport struct {
	Loads  map[string]int // of each key
	Failed []string       // what went wrong, for each read that did
	Took   time.Duration
	Stats  runtime.Stats
}

// Processes that start together, with nothing cached and no connection dialled, load each key about
// once. Their callers wait for each other's loads, as long as Options.RedisTimeout lets them.
//
// A few loads more are allowed for. A process that the machine stops for as long as a claim lives
// loses the claim, and another loads the key.
func TestColdProcessesLoadEachKeyOnce(t *testing.T) {
	loads := coldStart(t, 30*time.Second)
	require.LessOrEqual(t, loads, coldKeys+coldKeys/10, "processes load what others are loading")
}

// With the default of Options.RedisTimeout a cold start loads more often on a slow machine. The
// callers wait for the connections of the client's pool, and what is left of their time is not
// enough for a claim: they load without one. It is measured, because it depends on the machine.
func TestNumbersOfColdProcesses(t *testing.T) {
	if !*numbersFlag {
		t.Skip("measures with -numbers")
	}
	for range 10 {
		coldStart(t, 0)
	}
}

// coldStart returns how many loads there were in all processes. A wait of 0 is the default of
// Options.RedisTimeout; with another no round trip may fail.
func coldStart(t *testing.T, wait time.Duration) (loads int) {
	server := redistest.Start(t)
	children := make([]*child, coldProcesses)
	for i := range children {
		children[i] = startChild(t, "cold", server.Addr)
	}
	for _, c := range children {
		require.Equal(t, "ready", c.ask(wait.String()))
	}
	for _, c := range children {
		_, err := fmt.Fprintln(c.in, "go")
		require.NoError(t, err)
	}
	each := make(map[string]int)
	errs, longest := uint64(0), time.Duration(0)
	for _, c := range children {
		var r coldReport
		require.NoError(t, json.Unmarshal([]byte(c.answer()), &r))
		require.Empty(t, r.Failed)
		require.Zero(t, r.Stats.LoadErrors)
		require.Zero(t, r.Stats.Bypassed)
		require.EqualValues(t, coldCallers*coldKeys, r.Stats.Reads())
		if wait > 0 {
			require.Zero(t, r.Stats.RedisErrors)
		}
		for id, n := range r.Loads {
			each[id] += n
			loads += n
		}
		errs += r.Stats.RedisErrors
		longest = max(longest, r.Took)
	}
	require.Len(t, each, coldKeys)
	t.Logf("%d loads of %d keys, %d errors of Redis, in %v", loads, coldKeys, errs, longest.Round(time.Millisecond))
	return loads
}

// startCold is the other end of coldStart. It is told the wait, and when to begin.
func startCold(t *testing.T, addr string) {
	in := bufio.NewScanner(os.Stdin)
	require.True(t, in.Scan())
	wait, err := time.ParseDuration(in.Text())
	require.NoError(t, err)
	var mu sync.Mutex
	r := coldReport{Loads: make(map[string]int)}
	s := newStore()
	for i := range coldKeys {
		s.set(contact{ID: fmt.Sprint(i), Name: fmt.Sprint("name of ", i)})
	}
	s.setHook(func(_ context.Context, id string) {
		mu.Lock()
		r.Loads[id]++
		mu.Unlock()
		time.Sleep(coldLoad) // that is how long a query takes
	})
	o := &redis.Options{Addr: addr}
	logger := slog.New(slog.DiscardHandler)
	if wait > 0 {
		// A busy machine can keep callers waiting for a connection for longer than that.
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = wait, wait, wait, wait
		logger = slog.New(slog.NewTextHandler(os.Stderr, nil)) // whatever it says fails the test
	}
	own := redis.NewClient(o)
	t.Cleanup(func() { _ = own.Close() })
	c := backend{"child", own}.newCache(t, patience(wait), func(o *runtime.Options) { o.Logger = logger })
	repo := decorate(s, c, local)
	orders := make([][]int, coldCallers)
	for i := range orders {
		orders[i] = rand.Perm(coldKeys)
	}
	fmt.Println("ready")
	require.True(t, in.Scan())
	began := time.Now()
	var all sync.WaitGroup
	for _, order := range orders {
		all.Go(func() {
			for _, i := range order {
				got, err := repo.Get(acme(), fmt.Sprint(i))
				if err == nil && got.Name == fmt.Sprint("name of ", i) {
					continue
				}
				mu.Lock()
				r.Failed = append(r.Failed, fmt.Sprintf("%d: %v, %v", i, got, err))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	r.Took, r.Stats = time.Since(began), c.Stats()
	require.NoError(t, json.NewEncoder(os.Stdout).Encode(r))
}
