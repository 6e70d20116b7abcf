package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// Point is a moment in the life of a shard's record.
type Point struct {
	Seq   uint64
	Epoch entry.Epoch
}

// Counter reads how far a shard has come, and registers the versions of this process. A put that
// begins notes that. With ok false, the state kept changing.
func (s *Store) Counter(ctx context.Context, b *Budget, target *path.Target) (since Point, ok bool, err error) {
	for range 2 { // the first may have had to make the state
		seen, err := s.counter(ctx, b, target)
		if err != nil {
			return since, false, err
		}
		outdated, err := s.Prepare(context.WithoutCancel(ctx), b, target, seen)
		if err != nil {
			return since, false, err
		}
		if !outdated {
			return Point{seen.Seq, seen.Epoch}, true, nil
		}
	}
	return since, false, nil
}

func (s *Store) counter(ctx context.Context, b *Budget, target *path.Target) (*Snapshot, error) {
	keys := s.state(target.Shard, target.Tenant)
	return roundTrip(context.WithoutCancel(ctx), s, s.server(keys[0]), b, func(ctx context.Context) (*Snapshot, error) {
		pipe := s.client.Pipeline()
		record, table := pipe.HMGet(ctx, keys[0], "seq", "floor", "epoch"), pipe.HExists(ctx, keys[1], "")
		if _, err := pipe.Exec(ctx); err != nil && !isForeign(err) {
			return nil, err
		}
		r := s.says(record)
		return &Snapshot{Seq: number(r[0]), Floor: number(r[1]), Epoch: epochOf(r[2]), TableExists: table.Val()}, nil
	})
}

// Reserve claims an entry for a write. It is not taken if another write is about to put the entry.
func (s *Store) Reserve(ctx context.Context, b *Budget, target *path.Target, by entry.Token) (c Claim, taken bool, err error) {
	args := []any{by.Bytes(), ClaimLife.Milliseconds()}
	reply, err := s.script(ctx, b, reserveScript, []string{target.Key}, args)
	if err != nil {
		return c, false, err
	}
	held, _ := reply[1].(string)
	token, ok := entry.ParseToken(held)
	if state, _ := reply[0].(int64); state != 1 || !ok || len(reply) < 3 {
		return c, false, nil
	}
	c = Claim{Target: target, By: token, State: ClaimTaken}
	c.taken(reply[2])
	return c, true, nil
}

// StampPut stamps an entry that is about to be stored, and returns the number; 0 if something has
// overtaken its write, which began when the record was as in since. A late one was reserved after
// the write. Entries of the same path under other versions are deleted before.
func (s *Store) StampPut(ctx context.Context, b *Budget, target *path.Target, tags []string, since Point, late bool) (stamp uint64, err error) {
	entryPath := target.Path()
	var old []string
	s.versionsOf(target.Tenant, entryPath, func(entryKey string) {
		if entryKey != target.Key {
			old = append(old, entryKey)
		}
	})
	if len(old) > 0 {
		if err := s.delete(ctx, b, old); err != nil {
			return 0, err
		}
	}
	where, when := "here", "early"
	if s.spread {
		where = "m"
	}
	if late {
		when = "l"
	}
	args := []any{s.wanted(target.Shard), target.Tenant, "put", 0, fmt.Sprintf("%d %v", since.Seq, since.Epoch), "e", entryPath, where, "", when, ""}
	for _, field := range path.Union(slices.Clip(target.All()), path.TagFields(tags)) {
		args = append(args, "c", field)
	}
	seen := s.local.Views[target.Shard].Seen.Load()
	reply, err := s.script(ctx, b, stampScript, s.state(target.Shard, target.Tenant), args)
	if err != nil {
		return 0, err
	}
	stamp = number(reply[0])
	if stamp == number(reply[1]) {
		return 0, nil
	}
	news := s.applyStamp(target.Shard, seen, path.Set{Tenant: target.Tenant, Entries: []string{entryPath}}, reply)
	s.waitForOthers(b, reply)
	if news {
		return 0, nil // there is an entry under a version that was not known
	}
	return stamp, nil
}
