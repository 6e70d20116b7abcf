package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// spendMemory lets the heap grow before it is collected. A run is over in a second or two, most of what it allocates is in use until its end, and
// collecting took a quarter of its time. So the first quarter of a gigabyte is not collected at all, which is enough for all but large programs; after
// that the heap may grow fourfold, and the limit makes the collector as eager as ever where memory would run out. As the run touches each page once,
// the pages had better be large. What the user says with GOGC or GOMEMLIMIT stands.
func spendMemory() {
	if os.Getenv("GOGC") != "" {
		return
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		debug.SetGCPercent(growth)
		return
	}
	debug.SetGCPercent(-1)
	heapInHugePages(128 << 20)
	debug.SetMemoryLimit(256 << 20)
	runtime.AddCleanup(&firstCollection{}, func(struct{}) {
		debug.SetGCPercent(growth)
		debug.SetMemoryLimit(2 << 30)
	}, struct{}{})
}

const growth = 400

// firstCollection is collected by it.
type firstCollection struct{ _ *firstCollection }
