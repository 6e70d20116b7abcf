package store

import (
	"context"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// checkTags finishes the snapshots of entries that carry tags of their results, which the first
// round trip could not ask about. With again, all of it has to be looked at once more.
//
// If this process has applied the log up to the counter in the snapshot, and knows it from before
// the entry's stamp on, its stripes say of every invalidation that the snapshot could have shown:
// each raises its stripes before the process counts it as applied. They do not know of fences. But
// an entry is stored only after none was seen open on its tags (see MayFill), so one that is open
// now was opened later, and opening it has stamped the path. Otherwise the marks are asked for, of
// all entries together.
func (s *Store) checkTags(ctx context.Context, b *Budget, targets []*path.Target, list []Snapshot) (again bool, err error) {
	var ask []*Snapshot
	var fields [][]string
	for i, target := range targets {
		snap := &list[i]
		if len(snap.Entry.Tags) == 0 || !snap.Valid() {
			continue
		}
		own := path.TagFields(snap.Entry.Tags)
		snap.TagStripes = s.local.Stripes.Cover(target.Tenant, own)
		if s.local.Blocked(target.Shard, snap.TagStripes) {
			snap.Bypass = true
			continue
		}
		v := &s.local.Views[target.Shard]
		if v.Applied.Load() >= snap.Seq && snap.Entry.Stamp >= v.Least.Load() {
			snap.MinStamp = max(snap.MinStamp, s.local.Stripes.In(target.Shard).Newest(snap.TagStripes))
			continue
		}
		ask, fields = append(ask, snap), append(fields, own)
	}
	if len(ask) == 0 {
		return false, nil
	}
	now, err := s.readMarks(ctx, b, targets[0], fields)
	switch {
	case err != nil:
	case now.stranger || now.epoch != ask[0].Epoch || now.seq < ask[0].Seq: // a failover, which lost writes
		return true, nil
	case now.fenced():
		var stands bool
		if stands, err = s.closeLapsed(ctx, b, targets[0], now.open.Set); err == nil && !stands {
			return true, nil
		}
	}
	for i, snap := range ask {
		if err != nil {
			snap.Bypass = true
			continue
		}
		minStamp, fenced := now.of(i)
		snap.TableExists = snap.TableExists && now.tableExists
		snap.MinStamp = max(snap.MinStamp, minStamp)
		snap.Bypass = fenced
	}
	return false, err
}

// TagLook asks whether a result may be stored under a stamp, by its tags.
type TagLook struct {
	Tags  []string
	Stamp uint64
}

// MayFill looks at the tags of results that are about to be stored, of entries of one tenant. One
// must not be, if a tag of it has been invalidated since its stamp, or a fence is open on it: the
// fence may have been opened before the stamp was taken, and its write be committed after the load.
// A fence whose time has passed is closed, so that the next load can be stored: perhaps nothing
// else looks at that path.
func (s *Store) MayFill(ctx context.Context, b *Budget, target *path.Target, looks []TagLook) ([]bool, error) {
	fields := make([][]string, len(looks))
	for i, l := range looks {
		fields[i] = path.TagFields(l.Tags)
	}
	now, err := s.readMarks(ctx, b, target, fields)
	if err == nil && now.fenced() {
		_, err = s.closeLapsed(ctx, b, target, now.open.Set)
	}
	if err != nil {
		return nil, err
	}
	may := make([]bool, len(looks))
	for i, l := range looks {
		minStamp, fenced := now.of(i)
		may[i] = now.tableExists && !now.stranger && !fenced && minStamp <= l.Stamp
	}
	return may, nil
}
