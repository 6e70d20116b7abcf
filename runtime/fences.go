package runtime

import "context"

// lookForFences looks, while the entry is being claimed, for fences that the snapshot may have overlooked. The function that it returns waits, and
// reports whether there may be one: the load needs a new snapshot.
//
// A snapshot reads the record before the table. A fence that was opened in between shows in the table, and one opened later has a higher number
// than the record had, which the load takes for its stamp. But while the slot of the state moves to another node of a cluster, the record may have
// moved and the table not:
//
//  1. the pipeline asks the old node for both: ASK for the record, no fence in the table
//  2. the table moves, and a writer opens a fence on the new node
//  3. the client asks the new node for the record, whose number is that of the fence
//  4. the load reads the row from before the commit, and its stamp is as good as the fence's: a local copy of it outlives the commit
//
// So the table is looked at once more, after the record. That a read is answered with an entry needs no such order: an invalidation that was complete
// when the read began shows in the record, in the table and in the entry, whenever each is looked at.
func (t *redisTier) lookForFences(ctx context.Context, left budget, target *target, fields []string) (fenced func() (bool, error)) {
	table := t.state(target.shard, target.tenant)[1]
	type answer struct {
		values []any
		err    error
	}
	answered := make(chan answer, 1)
	t.trips.Go(func() {
		values, err := await(ctx, t, t.server(table), &left, func(ctx context.Context) ([]any, error) {
			return t.client.HMGet(ctx, table, fields...).Result()
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
