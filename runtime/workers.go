package runtime

import "sync/atomic"

// maxIdle is how many goroutines wait for work at most.
const maxIdle = 8

// workers run short jobs on goroutines that stay, because a new one has to grow its stack each time: that takes longer than a round trip to a
// Redis on the same machine.
type workers struct {
	jobs    chan func()
	idle    atomic.Int32
	closing <-chan struct{} // idle workers leave when it is closed
	work    *group
}

// Go runs job at once.
func (w *workers) Go(job func()) {
	select {
	case w.jobs <- job:
	default:
		w.work.Go(func() { w.run(job) })
	}
}

func (w *workers) run(job func()) {
	for {
		job()
		if w.idle.Add(1) > maxIdle {
			w.idle.Add(-1)
			return
		}
		select {
		case job = <-w.jobs:
			w.idle.Add(-1)
		case <-w.closing:
			w.idle.Add(-1)
			return
		}
	}
}
