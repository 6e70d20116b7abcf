package runtime

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// mode is what an invalidation does to the fences of its paths.
type mode struct {
	name   string // stamp, mark, open or close
	writer string // whose fence it is
}

var (
	modeStamp = mode{name: "stamp"} // no fence
	modeMark  = mode{name: "mark"}  // as modeStamp, in a cluster
)

func modeOpen(writer string) mode  { return mode{"open", writer} }
func modeClose(writer string) mode { return mode{"close", writer} }

// patience is how an invalidation deals with a Redis that does not answer.
type patience bool

const (
	brief   patience = false // somebody waits for it, and it can be retried
	patient patience = true  // it is being retried
)

func (p patience) budget(timeout time.Duration) *budget {
	if p == patient {
		return nil
	}
	return &budget{timeout}
}

// invalidate stamps paths of one tenant, or of every tenant. It returns once Redis has accepted all of them. With a hold, nothing is stored
// under them for that long.
//
// Entries are deleted before they are stamped: a process that reads the old entry in between must not take it for newer than the stamp.
func (t *redisTier) invalidate(ctx context.Context, s stale, m mode, hold time.Duration, p patience) error {
	for len(s.scopes)+len(s.entries) > pathsPerStamp {
		first := stale{tenant: s.tenant}
		first.scopes, s.scopes = cut(s.scopes, pathsPerStamp)
		first.entries, s.entries = cut(s.entries, pathsPerStamp-len(first.scopes))
		if err := t.invalidate(ctx, first, m, hold, p); err != nil {
			return err
		}
	}
	if s.tenant == everyTenant {
		var shards errgroup.Group
		for n := range shardCount {
			shards.Go(func() error {
				_, err := t.stamp(ctx, n, s, m, hold, nil, p)
				return err
			})
		}
		return shards.Wait()
	}
	for deleted := map[string]bool{}; ; m, hold = modeStamp, 0 {
		var old []string
		t.mu.Lock()
		for _, path := range s.entries {
			for prefix := range leading(path) {
				for _, version := range t.versions[prefix] {
					key := t.app + ":" + s.tenant + ":" + path + versionTag + version
					if !deleted[key] {
						deleted[key] = true
						old = append(old, key)
					}
				}
			}
		}
		t.mu.Unlock()
		if t.cluster && len(old) > 0 {
			if err := t.delete(ctx, old, p); err != nil {
				return err
			}
			old = nil
		}
		news, err := t.stamp(ctx, shard(s.tenant), s, m, hold, old, p)
		if err != nil || !news {
			return err
		}
	}
}

func cut(list []string, n int) (head, tail []string) {
	n = min(n, len(list))
	return list[:n:n], list[n:]
}

// hold keeps fences open for longer.
func (t *redisTier) hold(ctx context.Context, s stale, writer string, hold time.Duration) error {
	shards := []int{shard(s.tenant)}
	if s.tenant == everyTenant {
		shards = shards[:0]
		for n := range shardCount {
			shards = append(shards, n)
		}
	}
	var errs []error
	for _, n := range shards {
		_, err := t.script(ctx, nil, holdScript, t.state(n, s.tenant), s.words([]any{t.keep(), s.tenant, hold.Milliseconds(), writer}))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// leading yields each leading run of segments of a path, itself included.
func leading(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == separator && !yield(path[:i]) {
				return
			}
		}
		yield(path)
	}
}

// delete removes entries. In a cluster each has a node of its own.
func (t *redisTier) delete(ctx context.Context, keys []string, p patience) error {
	servers := make(map[*breaker][]string)
	for _, key := range keys {
		at := t.server(key)
		servers[at] = append(servers[at], key)
	}
	var all errgroup.Group
	for at, keys := range servers {
		all.Go(func() error {
			_, err := await(ctx, t, at, p.budget(t.timeout), func(ctx context.Context) (struct{}, error) {
				pipe := t.client.Pipeline()
				for _, key := range keys {
					pipe.Unlink(ctx, key)
				}
				_, err := pipe.Exec(ctx)
				return struct{}{}, err
			})
			return err
		})
	}
	return all.Wait()
}

// stamp runs the stamping script in one shard, and reports whether that told of a live version that was not known. A single server removes the keys in
// first in the same script. In between, a put could store what the write has overtaken: its reservation may be younger than the removal, and
// the stamp of an entry that is gone leaves no trace.
func (t *redisTier) stamp(ctx context.Context, n int, s stale, m mode, hold time.Duration, first []string, p patience) (news bool, err error) {
	if t.cluster && m == modeStamp {
		m = modeMark
	}
	keys := append(t.state(n, s.tenant), first...)
	reply, err := t.script(ctx, p.budget(t.timeout), stampScript, keys, s.words([]any{t.keep(), s.tenant, m.name, hold.Milliseconds(), m.writer}))
	if err != nil {
		return false, err
	}
	return t.stamped(n, s, reply), nil
}

// stamped does what the log will say, so that this process reads its own writes, and reports whether the reply of a stamp told of a live version that
// was not known.
func (t *redisTier) stamped(n int, s stale, reply []any) (news bool) {
	seq, before := number(reply[0]), number(reply[1])
	v := &t.local.views[n]
	t.local.raise(n, s, seq)
	raise(&v.seen, seq)
	v.applied.CompareAndSwap(before, seq)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := 2; i+1 < len(reply); i += 2 {
		prefix, _ := reply[i].(string)
		version, _ := reply[i+1].(string)
		if t.learn(prefix, version) {
			news = true
		}
	}
	return news
}
