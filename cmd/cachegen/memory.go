package main

import (
	"os"
	"runtime/debug"
)

// spendMemory lets the heap grow before it is collected. A run is over in a second or two, most of what it allocates is in use until its end, and
// collecting took a quarter of its time. The limit makes the collector as eager as ever where a program is so large that memory would run out. What
// the user says with GOGC or GOMEMLIMIT stands.
func spendMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
		if os.Getenv("GOMEMLIMIT") == "" {
			debug.SetMemoryLimit(2 << 30)
		}
	}
}
