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

// Reserve claims entries for one write. State says of each whether it was taken: it is not if
// another write is about to put the entry.
func (s *Store) Reserve(ctx context.Context, b *Budget, targets []*path.Target, by entry.Token) []Claim {
	cmds, errs := s.runEach(ctx, b, reserveScript, keysOf(targets), func(int) []any {
		return []any{by.Bytes(), ClaimLife.Milliseconds()}
	})
	claims := make([]Claim, len(targets))
	for i, cmd := range cmds {
		claims[i] = Claim{Target: targets[i], By: by, State: ClaimHeld, Err: errs[i]}
		if errs[i] == nil {
			claims[i].parse(cmd)
		}
	}
	return claims
}

// Putting is an entry that is about to be stored.
type Putting struct {
	Target *path.Target
	Tags   []string // that it carries
	Late   bool     // it was reserved after the write
}

// StampPut stamps entries of one tenant, and returns the number of each: 0 if something has
// overtaken its write, which began when the record was as in since. Entries of the same paths under
// other versions are deleted before. With an error, those that it is about have none.
func (s *Store) StampPut(ctx context.Context, b *Budget, since Point, list []Putting) (stamps []uint64, err error) {
	stamps = make([]uint64, 0, len(list))
	for piece := range slices.Chunk(list, pathsPerStamp) {
		var some []uint64
		if err == nil {
			some, err = s.stampPuts(ctx, b, since, piece)
		}
		if err != nil {
			some = make([]uint64, len(piece))
		}
		stamps = append(stamps, some...)
	}
	return stamps, err
}

func (s *Store) stampPuts(ctx context.Context, b *Budget, since Point, list []Putting) (stamps []uint64, err error) {
	tenant, shard := list[0].Target.Tenant, list[0].Target.Shard
	if old := s.otherVersions(list); len(old) > 0 {
		if err := s.delete(ctx, b, old); err != nil {
			return nil, err
		}
	}
	args := []any{s.wanted(shard), tenant, "put", 0, fmt.Sprintf("%d %v", since.Seq, since.Epoch)}
	for _, p := range list {
		args = append(args, "e", p.Target.Path())
		if s.spread {
			args = append(args, "m", "")
		}
		if p.Late {
			args = append(args, "l", "")
		}
		for _, field := range path.Union(slices.Clip(p.Target.All()), path.TagFields(p.Tags)) {
			args = append(args, "c", field)
		}
	}
	seen := s.local.Views[shard].Seen.Load()
	reply, err := s.script(ctx, b, stampScript, s.state(shard, tenant), args)
	if err != nil {
		return nil, err
	}
	stamps, stamp := make([]uint64, len(list)), number(reply[0])
	if stamp == number(reply[1]) {
		return stamps, nil
	}
	set := path.Set{Tenant: tenant}
	stamped, _ := reply[4].(string)
	for i, p := range list {
		if i < len(stamped) && stamped[i] == '1' {
			stamps[i] = stamp
			set.Entries = append(set.Entries, p.Target.Path())
		}
	}
	news := s.applyStamp(shard, seen, set, reply)
	s.waitForOthers(b, reply)
	if news {
		clear(stamps) // there are entries under a version that was not known
	}
	return stamps, nil
}

// otherVersions lists the keys of the same paths that are not put themselves.
func (s *Store) otherVersions(list []Putting) (old []string) {
	for _, p := range list {
		s.versionsOf(p.Target.Tenant, p.Target.Path(), func(entryKey string) {
			if entryKey != p.Target.Key {
				old = append(old, entryKey)
			}
		})
	}
	return old
}
