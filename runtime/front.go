package runtime

import "sync/atomic"

// frontSlots is how many copies answer without a look into the table behind them: a power of two.
const frontSlots = 4096

// front holds the local copies that were asked for last, each at the slot of its hash. It answers in one load where otter takes as long as all
// the rest of a hit together, while less than half of the room is in use: up to there otter does not look at who reads what either. Beyond,
// every hit goes through otter, which has to know what to keep.
//
// A copy is in no slot once otter has let go of it, so the front holds nothing that otter does not account for:
//
//  1. a reader finds the copy in otter
//  2. otter drops it: it is marked gone, and then taken out of its slot
//  3. the reader puts it into the slot, sees the mark, and takes it out again
type front struct {
	slots [frontSlots]atomic.Pointer[localCopy]
	used  atomic.Int64 // bytes
	half  int64
}

// slot is where a copy would be. Behind half of the room there is none.
func (f *front) slot(hash uint64) *atomic.Pointer[localCopy] {
	if f.used.Load() >= f.half {
		return nil
	}
	return &f.slots[hash%frontSlots]
}

// keepInFront puts a copy into its slot.
func keepInFront(slot *atomic.Pointer[localCopy], e *localCopy) {
	slot.Store(e)
	if e.gone.Load() {
		slot.CompareAndSwap(e, nil)
	}
}

// drop takes a copy out that otter no longer has.
func (f *front) drop(hash uint64, e *localCopy) {
	e.gone.Store(true)
	f.slots[hash%frontSlots].CompareAndSwap(e, nil)
	f.used.Add(-int64(e.size()))
}
