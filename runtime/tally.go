package runtime

import (
	"sync/atomic"
	"unsafe"
)

// tally is a counter that goroutines add to side by side. One that all of them share would be most of what a local hit costs where several
// processors answer at once: each would have to fetch it from the last that wrote it.
type tally struct{ parts [16]tallyPart }

type tallyPart struct {
	n atomic.Uint64
	_ [56]byte // to a cache line
}

// add counts one. Where on the stack the key is tells goroutines apart.
func (t *tally) add(k Key) {
	at := uintptr(unsafe.Pointer(k))
	t.parts[(at>>11^at>>15)%uintptr(len(t.parts))].n.Add(1)
}

func (t *tally) sum() (n uint64) {
	for i := range t.parts {
		n += t.parts[i].n.Load()
	}
	return n
}
