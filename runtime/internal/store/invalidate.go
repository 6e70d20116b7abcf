package store

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

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

// Invalidate stamps paths of one tenant, or of every tenant. It returns once Redis has accepted all
// of them. With a hold, nothing is stored under them for that long. The budget is nil for a retry,
// for which nobody waits.
func (s *Store) Invalidate(ctx context.Context, b *Budget, set path.Set, m Mode, hold time.Duration) error {
	for set.Len() > pathsPerStamp {
		first := path.Set{Tenant: set.Tenant}
		first.Scopes, set.Scopes = cut(set.Scopes, pathsPerStamp)
		first.Entries, set.Entries = cut(set.Entries, pathsPerStamp-len(first.Scopes))
		if err := s.Invalidate(ctx, b, first, m, hold); err != nil {
			return err
		}
	}
	if set.Tenant == key.Every {
		var shards errgroup.Group
		budgets, join := b.split(path.Shards)
		for n := range path.Shards {
			shards.Go(func() error {
				_, err := s.stamp(ctx, budgets[n], n, set, m, hold, nil)
				return err
			})
		}
		defer join()
		return shards.Wait()
	}
	return s.invalidateTenant(ctx, b, set, m, hold)
}

// invalidateTenant deletes the entries and stamps the paths of one tenant, again if the server
// tells of versions that were not known. It tells of all that there are, so a third round is rare.
//
// Delete comes before stamp, because a process that reads the old entry in between must not take it
// for newer than the stamp:
//
//  1. the path is stamped
//  2. another process, which has applied that stamp, reads the entry and keeps a copy as of then
//  3. the entry is deleted; nothing ever makes the copy stale
func (s *Store) invalidateTenant(ctx context.Context, b *Budget, set path.Set, m Mode, hold time.Duration) error {
	var failed error
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
		if s.cluster && len(old) > 0 {
			// Other nodes have the entries. One that is down keeps the stamp from nothing: in a
			// cluster it covers single entries too.
			part, join := b.half()
			failed = errors.Join(failed, s.delete(ctx, part, old))
			join()
			old = nil
		}
		news, err := s.stamp(ctx, b, path.ShardOf(set.Tenant), set, m, hold, old)
		if err != nil || !news {
			return errors.Join(failed, err)
		}
		if again == mostAgain {
			return errors.Join(failed, errVersions)
		}
		m, hold = Stamp, 0
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
func (s *Store) stamp(ctx context.Context, b *Budget, n int, set path.Set, m Mode, hold time.Duration, first []string) (news bool, err error) {
	if s.cluster && m == Stamp {
		m = stampEntries
	}
	keys := append(s.state(n, set.Tenant), first...)
	args := set.AppendWords([]any{s.stateTTL(), set.Tenant, m.name, hold.Milliseconds(), m.writer})
	reply, err := s.script(ctx, b, stampScript, keys, args)
	if err != nil {
		return false, err
	}
	return s.applyStamp(n, set, reply), nil
}

// applyStamp does what the log will say, so that this process reads its own writes, and reports
// whether the reply of a stamp told of a live version that was not known.
func (s *Store) applyStamp(n int, set path.Set, reply []any) (news bool) {
	seq, before := number(reply[0]), number(reply[1])
	v := &s.local.Views[n]
	s.local.Raise(n, set, seq)
	local.Raise(&v.Seen, seq)
	v.Applied.CompareAndSwap(before, seq)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 2; i+1 < len(reply); i += 2 {
		prefix, _ := reply[i].(string)
		version, _ := reply[i+1].(string)
		if s.learn(prefix, version) {
			news = true
		}
	}
	return news
}
