package work

import "sync/atomic"

// maxIdle is how many goroutines wait for jobs at most.
const maxIdle = 8

// Workers run short jobs on goroutines that stay, because a new one has to grow its stack each
// time.
//
// A job with the stack of a round trip takes 3.9 times as long on a new goroutine (a whole GET on
// the same machine, 1.0 times), 6.3 times with errgroup, which starts one for each job too, and 7.1
// times with github.com/alitto/pond/v2, which lets idle ones go. github.com/panjf2000/ants/v2 is as
// fast (1.1 times); it would be one more dependency of every user, and takes no jobs once it is
// closed, where the cache still has some after Close.
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
