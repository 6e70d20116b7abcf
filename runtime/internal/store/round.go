package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// logBatch is how many messages of a log are read at a time.
const logBatch = 1000

// longestBlock is how long a follower waits for the logs at most. A shard that is wanted meanwhile,
// and one whose record has yet to be made, are followed from the next round on.
const longestBlock = time.Second

// followed is a shard in one round of a follower.
type followed struct {
	n          int
	view       *local.View
	seq, floor uint64 // of its record, as the server says; 0: there is none
	epoch      entry.Epoch
	before     uint64 // what had been seen of it before the server was asked
	behind     bool   // it is not known yet why the counter has come as far as seq
	log        string // its key
}

// round asks where the counters are, renews leases, and waits for what comes next. A lease counts
// from before the question, because the answer may have been under way for any time.
func (f *Follower) round(shards []int, floors map[int]uint64) error {
	sent := f.local.Now()
	list, err := f.askCounters(shards)
	if err != nil {
		return err
	}
	if f.sentinel {
		sent = min(sent, time.Duration(f.asked.Load()))
	}
	until := int64(sent + f.staleness)
	var reading []followed
	block := min(max(f.staleness/4, time.Millisecond), longestBlock)
	for _, s := range list {
		reads, err := f.confirm(&s, floors, until)
		if err != nil {
			return err
		}
		if s.behind {
			block = -1 // what is missing is there already
		}
		if reads {
			reading = append(reading, s)
		}
	}
	if len(reading) > 0 && (block < 0 || !f.polls.Load()) {
		return f.readLogs(reading, block, until)
	}
	if f.polls.Load() {
		block = max(f.staleness/pollsPerStaleness, time.Millisecond)
	}
	select {
	case <-f.kick:
	case <-time.After(block):
	case <-f.ctx.Done():
	}
	return nil
}

// pollsPerStaleness is how often the counters are asked for where the logs are not waited for.
// Copies hear of invalidations that much later.
const pollsPerStaleness = 20

// askCounters asks for the records of shards, and meets the server, which need not be the one that
// was asked the last time.
func (f *Follower) askCounters(shards []int) (list []followed, err error) {
	var text, strange bool // the server does not know the script, or is not known itself
	for range 3 {
		list, text, strange, err = f.askOnce(shards, text, strange)
		if err != nil || !text && !strange {
			return list, err
		}
	}
	return nil, errors.New("the server was another each time it was asked")
}

// askOnce asks once. A master that was demoted goes on answering, and confirms leases that nobody
// asks it about any more. So it is asked for its role in each round; it is not met in each.
func (f *Follower) askOnce(shards []int, text, meet bool) (list []followed, unknown, strange bool, err error) {
	ctx, cancel := context.WithTimeout(f.ctx, followGrace)
	defer cancel()
	type question struct {
		last    *meeting   // that is known of
		meeting *redis.Cmd // nil: there is none
		record  *redis.SliceCmd
	}
	asked, questions := clock(), make([]question, len(shards))
	pipe := f.client.Pipeline()
	list = make([]followed, len(shards))
	for i, n := range shards {
		view, q := &f.local.Views[n], &questions[i]
		list[i] = followed{n: n, view: view, before: view.Seen.Load(), log: f.store.keys[n].log}
		q.last = f.store.meetings[n].Load()
		if text || meet || f.store.mustMeet(n, asked) {
			q.meeting = f.store.meet(ctx, pipe, n, text)
		}
		q.record = pipe.HMGet(ctx, f.store.keys[n].record, "seq", "floor", "met", "epoch")
	}
	var hello *redis.Cmd
	if !f.store.spread { // there, a node that is no master any more says MOVED
		hello = pipe.Do(ctx, "HELLO")
	}
	_, err = pipe.Exec(ctx)
	for i := range questions {
		if err := questions[i].record.Err(); err != nil && !isForeign(err) {
			return nil, false, false, err
		}
	}
	if err != nil && !isReply(err) {
		return nil, false, false, err
	}
	if hello != nil && isReplica(hello) {
		f.redial()
		return nil, false, false, errors.New("the server is a replica now")
	}
	for i, n := range shards {
		q, said := &questions[i], f.store.says(questions[i].record)
		list[i].seq, list[i].floor, list[i].epoch = number(said[0]), number(said[1]), epochOf(said[3])
		switch {
		case q.meeting == nil:
		case isUnknown(q.meeting):
			unknown = true
		default:
			err := f.store.met(n, asked, q.meeting)
			if err == errOther {
				strange, err = true, f.store.remake(ctx, f.client, nil, n)
			}
			if err != nil {
				return nil, false, false, err
			}
		}
		if list[i].floor != 0 && !f.store.knows(n, said[2], asked, q.last) {
			strange = true
		}
	}
	return list, unknown, strange, nil
}

// isReplica reads the role out of the reply to HELLO: a map, or a list of names and values in turn.
func isReplica(hello *redis.Cmd) bool {
	var role any
	switch reply := hello.Val().(type) {
	case map[any]any:
		role = reply["role"]
	case []any:
		for i := 0; i+1 < len(reply); i += 2 {
			if reply[i] == "role" {
				role = reply[i+1]
			}
		}
	}
	return role == "replica" || role == "slave"
}

// confirm renews the lease of a shard if its counter says that nothing was missed, and reports
// whether its log is to be read.
func (f *Follower) confirm(s *followed, floors map[int]uint64, until int64) (reads bool, err error) {
	if s.seq == 0 || s.floor == 0 {
		delete(floors, s.n)
		return false, nil // no record: the first load makes one
	}
	applied := s.view.Applied.Load()
	switch {
	case s.seq < s.before:
		err := f.regressed(s.n)
		if err == nil {
			delete(floors, s.n)
		}
		return false, err
	case floors[s.n] != s.floor || s.view.Epoch.Load() != uint32(s.epoch) || applied == 0:
		// Whatever happened before is unknown: no copy from before counts.
		local.Raise(&s.view.Least, s.seq)
		local.Raise(&s.view.Seen, s.seq)
		s.view.Applied.Store(s.seq)
		s.view.Epoch.Store(uint32(s.epoch)) // last: stampLate asks for it first
		floors[s.n] = s.floor
		s.view.Lease.Store(until)
	case s.seq <= applied: // less, where this process has stamped one itself in the meantime
		s.view.Lease.Store(until)
	default:
		s.behind = true
	}
	return true, nil
}

// readLogs applies what the logs hold beyond what was applied. A shard that was behind its counter
// has its lease when it has come as far, no matter what was counted since: in a busy one, a
// millisecond away, there always is something.
func (f *Follower) readLogs(shards []followed, block time.Duration, until int64) error {
	streams := make([]string, 2*len(shards))
	at := make(map[string]int, len(shards))
	for i, s := range shards {
		streams[i], at[s.log] = s.log, i
		streams[len(shards)+i] = strconv.FormatUint(s.view.Applied.Load(), 10) + "-0"
	}
	ctx, cancel := context.WithTimeout(f.ctx, max(block, 0)+followGrace)
	defer cancel()
	var answer []redis.XStream
	if !f.blind.Load() {
		var err error
		answer, err = f.client.XRead(ctx, &redis.XReadArgs{Streams: streams, Count: logBatch, Block: block}).Result()
		switch {
		case err == nil || errors.Is(err, redis.Nil):
		case refusedLog(err):
			// The counters say that something has changed, if not what.
			f.store.heed(err)
			f.blind.Store(true)
			f.polls.Store(true)
		case isForeign(err) && len(shards) > 1: // which of them, Redis does not say
			for i := range shards {
				if err := f.readLogs(shards[i:i+1], -1, until); err != nil {
					return err
				}
			}
			return nil
		case isForeign(err):
			return f.regressed(shards[0].n)
		default:
			return err
		}
	}
	full := make(map[int]bool)
	for _, stream := range answer {
		i, ok := at[stream.Stream]
		if !ok {
			continue
		}
		full[i] = len(stream.Messages) == logBatch
		for _, m := range stream.Messages {
			if err := f.apply(&shards[i], m); err != nil {
				return err
			}
		}
	}
	for i, s := range shards {
		if !s.behind {
			continue
		}
		if applied := s.view.Applied.Load(); applied < s.seq && !full[i] {
			// The counter has moved and the log does not say why.
			f.gaps.Add(1)
			local.Raise(&s.view.Least, s.seq)
			local.Raise(&s.view.Seen, s.seq)
			s.view.Applied.CompareAndSwap(applied, s.seq)
		}
		if s.view.Applied.Load() >= s.seq {
			s.view.Lease.Store(until)
		}
	}
	return nil
}

// apply raises the stripes of one invalidation. Each message names the one before it, so a gap
// shows.
func (f *Follower) apply(s *followed, m redis.XMessage) error {
	text, _, _ := strings.Cut(m.ID, "-")
	id := number(text)
	if id == 0 {
		return f.regressed(s.n) // the message is somebody else's
	}
	local.Raise(&s.view.Seen, id)
	applied := s.view.Applied.Load()
	if id <= applied {
		return nil // this process's own, applied when it was sent
	}
	switch before := number(m.Values["p"]); {
	case before < applied:
		return f.regressed(s.n)
	case before > applied:
		f.gaps.Add(1)
		local.Raise(&s.view.Least, id)
	}
	tenant, _ := m.Values["t"].(string)
	words, _ := m.Values["w"].(string)
	f.local.Raise(s.n, path.ParseSet(tenant, words), id)
	s.view.Applied.CompareAndSwap(applied, id)
	return nil
}

// regressed is called when the server has forgotten what this process has seen.
func (f *Follower) regressed(n int) error {
	v := &f.local.Views[n]
	v.Lease.Store(0)
	floor, err := f.store.raiseFloor(f.ctx, nil, n, v.Seen.Load())
	if err != nil {
		return err
	}
	local.Raise(&v.Least, floor)
	v.Applied.Store(0)
	if !f.store.spread {
		f.redial() // it may be that this connection alone is to a server of the past
	}
	return nil
}
