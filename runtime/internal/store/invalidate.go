package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// pathsPerStamp is how many paths one script stamps: Lua passes them on its stack.
const pathsPerStamp = 500

// Mode is what an invalidation does to the fences of its paths.
type Mode struct {
	name   string // stamp, mark, open or close
	writer string // whose fence it is
}

// Stamp leaves fences alone. In a cluster it also stamps the paths of single entries :
// stampEntries.
var (
	Stamp        = Mode{name: "stamp"}
	stampEntries = Mode{name: "mark"}
)

// Open opens a writer's fence, and Close closes it.
func Open(writer string) Mode  { return Mode{"open", writer} }
func Close(writer string) Mode { return Mode{"close", writer} }

// RenewedWithin is how long it takes until each writer that is alive has renewed a fence that
// stands for hold, as renewed_within of the scripts.
func RenewedWithin(hold time.Duration) time.Duration { return hold / 2 }

// forgotten is for how long the state has to settle that has lost what this did.
func (m Mode) forgotten(hold time.Duration) time.Duration {
	if m.name == "open" {
		return RenewedWithin(hold)
	}
	return hold
}

// sending is how an invalidation is sent.
type sending struct {
	via  redis.Scripter
	b    *Budget // nil: nobody waits
	m    Mode
	hold time.Duration
}

// Invalidate stamps paths of one tenant, or of every tenant. It returns once Redis has accepted all
// of them. With a hold, nothing is stored under them for that long. Of an error, Missing says where
// the invalidation is not in force.
func (s *Store) Invalidate(ctx context.Context, b *Budget, set path.Set, m Mode, hold time.Duration) error {
	if set.Tenant != key.Every {
		return s.invalidateTenant(ctx, sending{s.client, b, m, hold}, set)
	}
	var failed shardErrors
	var shards sync.WaitGroup
	budgets, join := b.split(path.Shards)
	for n := range path.Shards {
		shards.Go(func() {
			failed[n] = s.invalidateEvery(ctx, sending{s.client, budgets[n], m, hold}, n, set)
		})
	}
	shards.Wait()
	join()
	if failed == (shardErrors{}) {
		return nil
	}
	return &failed
}

// Waiting is an invalidation that Redis has not accepted yet.
type Waiting struct {
	path.Set
	Hold time.Duration
}

// Retry stamps in a shard what waits, in this order, and returns how many are in force.
//
// It dials for itself. A client whose connections have all been refused tries once a second whether
// the server is back, and fails until then. In a cluster the entries themselves are left: they are
// on other nodes, which may still be down, and the stamp covers them.
//
// Nor does it know where a slot has moved to. A node that no longer has it has answered, so it is
// the application's client that is sent there then.
func (s *Store) Retry(ctx context.Context, n int, list []Waiting) (done int, err error) {
	asking, cancel := context.WithTimeout(ctx, defaultWait)
	client, closeIt := s.connect(asking, ctx, s.keys[n].record)
	cancel()
	defer closeIt()
	for i, w := range list {
		err := s.retryOne(ctx, sending{client, nil, Stamp, w.Hold}, n, w.Set)
		if isRedirection(err) {
			err = s.retryOne(ctx, sending{s.client, nil, Stamp, w.Hold}, n, w.Set)
		}
		if err != nil {
			return i, err
		}
	}
	return len(list), nil
}

func (s *Store) retryOne(ctx context.Context, how sending, n int, set path.Set) error {
	if set.Tenant == key.Every {
		return s.invalidateEvery(ctx, how, n, set)
	}
	return s.invalidateTenant(ctx, how, set)
}

// shardErrors say why an invalidation for every tenant is not in force, by shard.
type shardErrors [path.Shards]error

// Error lists what Unwrap returns.
func (e *shardErrors) Error() string { return errors.Join(e.Unwrap()...).Error() }

// Unwrap returns the errors of the shards that failed, each text once.
func (e *shardErrors) Unwrap() (list []error) {
	for _, err := range e {
		if err != nil && !slices.ContainsFunc(list, func(o error) bool { return o.Error() == err.Error() }) {
			list = append(list, err)
		}
	}
	return list
}

// Missing lists the shards in which an invalidation is not in force, for which Invalidate returned
// err.
func Missing(set path.Set, err error) (shards []int) {
	var failed *shardErrors
	switch {
	case err == nil:
		return nil
	case set.Tenant != key.Every:
		return []int{path.ShardOf(set.Tenant)}
	case !errors.As(err, &failed):
		return positions(path.Shards)
	}
	for n, err := range failed {
		if err != nil {
			shards = append(shards, n)
		}
	}
	return shards
}

// inPieces calls f with as many paths as one script stamps, until it fails.
func inPieces(set path.Set, f func(piece path.Set) error) error {
	for {
		piece := path.Set{Tenant: set.Tenant}
		piece.Scopes, set.Scopes = cut(set.Scopes, pathsPerStamp)
		piece.Entries, set.Entries = cut(set.Entries, pathsPerStamp-len(piece.Scopes))
		if err := f(piece); err != nil || set.Len() == 0 {
			return err
		}
	}
}

// invalidateEvery stamps the paths of every tenant of a shard.
func (s *Store) invalidateEvery(ctx context.Context, how sending, n int, set path.Set) error {
	return inPieces(set, func(piece path.Set) error {
		_, err := s.stamp(ctx, how, n, piece, nil)
		return err
	})
}

// invalidateTenant deletes the entries and stamps the paths of one tenant.
func (s *Store) invalidateTenant(ctx context.Context, how sending, set path.Set) error {
	return inPieces(set, func(piece path.Set) error { return s.invalidatePiece(ctx, how, piece) })
}

// invalidatePiece deletes and stamps, again if the server tells of versions that were not known. It
// tells of all that there are, so a third round is rare.
//
// Delete comes before stamp, because a process that reads the old entry in between must not take it
// for newer than the stamp:
//
//  1. the path is stamped
//  2. another process, which has applied that stamp, reads the entry and keeps a copy as of then
//  3. the entry is deleted; nothing ever makes the copy stale
//
// In a cluster other nodes have the entries, and one may be down. The stamp covers single entries
// there too, so to delete them only makes room, and what fails of it is not tried again.
func (s *Store) invalidatePiece(ctx context.Context, how sending, set path.Set) error {
	deleted := make(map[string]bool)
	for again := 0; ; again++ {
		var old []string
		for _, entry := range set.Entries {
			s.versionsOf(set.Tenant, entry, func(entryKey string) {
				if !deleted[entryKey] {
					deleted[entryKey] = true
					old = append(old, entryKey)
				}
			})
		}
		if s.spread {
			if how.b != nil && len(old) > 0 {
				part, join := how.b.half()
				_ = s.delete(ctx, part, old)
				join()
			}
			old = nil
		}
		news, err := s.stamp(ctx, how, path.ShardOf(set.Tenant), set, old)
		if err != nil || !news {
			return err
		}
		if again == mostAgain {
			return errVersions
		}
		how.m, how.hold = Stamp, 0
	}
}

func cut(list []string, n int) (head, tail []string) {
	n = min(n, len(list))
	return list[:n:n], list[n:]
}

// delete removes entries. In a cluster each has a node of its own.
func (s *Store) delete(ctx context.Context, b *Budget, keys []string) error {
	for _, r := range perServer(ctx, s, b, keys, func(ctx context.Context, list []int) (struct{}, error) {
		pipe := s.client.Pipeline()
		for _, i := range list {
			pipe.Unlink(ctx, keys[i])
		}
		_, err := pipe.Exec(ctx)
		return struct{}{}, err
	}) {
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// stamp runs the stamping script in one shard, and reports whether that told of a live version that
// was not known. A single server removes the keys in first in the same script. In between, a put
// could store what the write has overtaken: its reservation may be younger than the removal, and
// the stamp of an entry that is gone leaves no trace.
func (s *Store) stamp(ctx context.Context, how sending, n int, set path.Set, first []string) (news bool, err error) {
	m := how.m
	if s.spread && m == Stamp {
		m = stampEntries
	}
	seen := s.local.Views[n].Seen.Load()
	keys := append(s.state(n, set.Tenant), first...)
	args := set.AppendWords([]any{s.wanted(n), set.Tenant, m.name, how.hold.Milliseconds(), m.writer})
	reply, err := s.scriptVia(ctx, how.via, how.b, stampScript, keys, args)
	if err != nil {
		return false, err
	}
	s.held(n, m.forgotten(how.hold))
	news = s.applyStamp(n, seen, set, reply)
	s.waitForOthers(how.b, reply)
	return news, nil
}

// waitForOthers lets those leave a server that was replaced who have not heard of that yet: a stamp
// says in how many milliseconds they have. A write waits for as long as for Redis.
func (s *Store) waitForOthers(b *Budget, reply []any) {
	wait := time.Duration(number(reply[3])) * time.Millisecond
	if wait == 0 {
		return
	}
	if b != nil {
		wait = min(wait, b.left)
		b.use(wait)
	}
	select {
	case <-time.After(wait):
	case <-s.closing.Done():
	}
}

// applyStamp does what the log will say, so that this process reads its own writes, and reports
// whether the reply of a stamp told of a live version that was not known. Seen is the highest
// number that this process knew when it asked: a server that gives out a lower one has lost its
// state, and its clock was set back. Then no copy is as new as this stamp, whatever its number
// says. The next look at that server raises its floor.
func (s *Store) applyStamp(n int, seen uint64, set path.Set, reply []any) (news bool) {
	seq, before := number(reply[0]), number(reply[1])
	v := &s.local.Views[n]
	if seq <= seen {
		v.Lease.Store(0)
		local.Raise(&v.Least, seen+1)
	}
	s.local.Raise(n, set, seq)
	local.Raise(&v.Seen, seq)
	v.Applied.CompareAndSwap(before, seq)
	s.stamped(n)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 5; i+1 < len(reply); i += 2 {
		prefix, _ := reply[i].(string)
		version, _ := reply[i+1].(string)
		if s.learn(prefix, version) {
			news = true
		}
	}
	return news
}
