package store

import (
	"context"
	"errors"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// closeLapsed closes those of some fences whose time has passed, and reports whether another still
// stands.
func (s *Store) closeLapsed(ctx context.Context, b *Budget, target *path.Target, open path.Set) (stands bool, err error) {
	args := open.AppendWords([]any{s.wanted(target.Shard), target.Tenant})
	reply, err := s.script(ctx, b, lapseScript, s.state(target.Shard, target.Tenant), args)
	return err == nil && reply[1] == "1", err
}

// Hold keeps a writer's fences open for longer.
func (s *Store) Hold(ctx context.Context, set path.Set, writer string, hold time.Duration) error {
	shards := []int{path.ShardOf(set.Tenant)}
	if set.Tenant == key.Every {
		shards = positions(path.Shards)
	}
	var errs []error
	for _, n := range shards {
		args := set.AppendWords([]any{s.wanted(n), set.Tenant, hold.Milliseconds(), writer})
		_, err := s.script(ctx, nil, holdScript, s.state(n, set.Tenant), args)
		if err == nil {
			s.held(n, Open(writer).forgotten(hold))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// lookForFences looks, while entries are being claimed, for fences that their snapshots may have
// overlooked. The function that it returns waits, and reports whether there may be one: the load
// needs a new snapshot.
//
// A snapshot reads the record before the table. A fence that was opened in between shows in the
// table, and one opened later has a higher number than the record had, which the load takes for its
// stamp. But while the slot of the state moves to another node of a cluster, the record may have
// moved and the table not:
//
//  1. the pipeline asks the old node for both: ASK for the record, no fence in the table
//  2. the table moves, and a writer opens a fence on the new node
//  3. the client asks the new node for the record, whose number is that of the fence
//  4. the load reads the row from before the commit, and its stamp is as good as the fence's: a
//     local copy of it outlives the commit
//
// So the table is looked at once more, after the record. That a read is answered with an entry
// needs no such order: an invalidation that was complete when the read began shows in the record,
// in the table and in the entry, whenever each is looked at.
func (s *Store) lookForFences(ctx context.Context, left Budget, target *path.Target, fields []string) (fenced func() (bool, error)) {
	table := s.state(target.Shard, target.Tenant)[1]
	type answer struct {
		values []any
		err    error
	}
	answered := make(chan answer, 1)
	s.workers.Go(func() {
		values, err := roundTrip(ctx, s, s.server(table), &left, func(ctx context.Context) ([]any, error) {
			return s.client.HMGet(ctx, table, fields...).Result()
		})
		answered <- answer{values, err}
	})
	return func() (bool, error) {
		a := <-answered // which waits no longer than the budget allows
		if a.err != nil {
			return true, a.err
		}
		for _, v := range a.values {
			if _, fenced := markOf(v); fenced {
				return true, nil
			}
		}
		return a.values[0] == nil, nil // a table that is gone may have held one
	}
}

// raiseFloor puts the floor of a shard above a number that the server has forgotten.
func (s *Store) raiseFloor(ctx context.Context, b *Budget, n int, seen uint64) (floor uint64, err error) {
	reply, err := s.script(ctx, b, raiseScript, s.state(n, ""), []any{s.wanted(n), seen})
	if err != nil {
		return 0, err
	}
	floor = number(reply[1])
	s.regressed(n, floor)
	v := &s.local.Views[n]
	local.Raise(&v.Least, floor)
	local.Raise(&v.Seen, floor)
	return floor, nil
}
