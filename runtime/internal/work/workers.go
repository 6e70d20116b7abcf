package work

import "sync/atomic"

// maxIdle is how many goroutines wait for jobs at most.
const maxIdle = 8

// Workers run short jobs on goroutines that stay, because a new one has to grow its stack each
// time: that takes longer than a round trip to a Redis on the same machine. A pool of goroutines
// such as errgroup's with a limit starts a new one for each job.
type Workers struct {
	jobs    chan func()
	idle    atomic.Int32
	closing <-chan struct{}
	group   *Group
}

// NewWorkers makes workers in a group. Idle ones leave when closing is closed.
func NewWorkers(group *Group, closing <-chan struct{}) *Workers {
	return &Workers{jobs: make(chan func()), closing: closing, group: group}
}

// Go runs job at once.
func (w *Workers) Go(job func()) {
	select {
	case w.jobs <- job:
	default:
		w.group.Go(func() { w.run(job) })
	}
}

func (w *Workers) run(job func()) {
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
