package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// A server that takes over from another may not have heard of the last invalidations, and one that
// starts from a dump has forgotten them. Scripts notice: they compare the server with the one that
// made the record. A hit runs none, so a process has to meet a server, by a script, before it
// believes what that answers.
//
// What is noted of a meeting in the record stays on that server. With each read comes the last that
// was noted, by whatever process. If it is not as new as what this process knows of, the server has
// yet to be met, and so it has when the meeting is too long ago: a server that was demoted goes on
// answering on the connections that are open, and its record says what it said.

// believed is for how long a server is believed that was met.
const believed = time.Second

// meeting is when a server was met, for one shard.
type meeting struct {
	text   string        // as the record has it
	server string        // which; "" where it does not say
	number uint64        // by its clock
	at     time.Duration // by clock; not later than that
}

// parseMeeting reads what a record says of a meeting: number-server.
func parseMeeting(v any) (m meeting) {
	m.text, _ = v.(string)
	text, server, _ := strings.Cut(m.text, "-")
	m.number, m.server = number(text), server
	return m
}

// fresh reports that a server which was met then is believed still.
func (m *meeting) fresh(now time.Duration) bool { return m != nil && now-m.at < believed }

// mustMeet says whether to meet the server of a shard now: once in a while, one read for all. Those
// that ask meanwhile find out with the answer whether there has been a meeting.
func (s *Store) mustMeet(n int, now time.Duration) bool {
	if m := s.meetings[n].Load(); m != nil && now-m.at < believed/2 {
		return false
	}
	was := s.meets[n].Load()
	return now-time.Duration(was) >= believed/4 && s.meets[n].CompareAndSwap(was, int64(now))
}

// meet puts a meeting first in a pipeline, with the text of the script for a server that does not
// know it.
func (s *Store) meet(ctx context.Context, pipe redis.Pipeliner, n int, text bool) *redis.Cmd {
	var known uint64
	if m := s.meetings[n].Load(); m != nil {
		known = m.number
	}
	keys, args := []string{s.keys[n].record}, []any{known}
	if text {
		return meetScript.Eval(ctx, pipe, keys, args...)
	}
	return meetScript.EvalSha(ctx, pipe, keys, args...)
}

// errReplica is a server that lags behind the invalidations that another accepts.
var errReplica = errors.New("the server that Options.Redis leads to is a replica, which lags behind invalidations; " +
	"give the cache a client of the primary, without ReadOnly, RouteByLatency, RouteRandomly and ReplicaOnly")

// isUnknown reports a script that the server does not know.
func isUnknown(cmd *redis.Cmd) bool { return redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") }

// errOther is a server that has not made its record.
var errOther = errors.New("a record in Redis is of another server")

// met takes the answer to a meeting that was asked for at a time of clock. The error says why this
// server is not to be believed; with errOther the record is to be made anew.
func (s *Store) met(n int, asked time.Duration, cmd *redis.Cmd) error {
	reply, err := list(cmd)
	if err != nil {
		err = ofScript(err, meetScript)
		s.heed(err)
		return err
	}
	switch reply[1] {
	case "none": // so nothing is believed
		return nil
	case "other":
		return errOther
	}
	if len(reply) > 2 {
		s.held(n, time.Duration(number(reply[2]))*time.Millisecond)
	}
	m := parseMeeting(reply[0])
	m.at = asked
	s.meetings[n].Store(&m)
	return nil
}

// remake makes the record of a shard anew on a server that has not made it. The next look meets the
// server again: it may be answered by another.
func (s *Store) remake(ctx context.Context, via redis.Scripter, b *Budget, n int) error {
	reply, err := s.scriptVia(ctx, via, b, remakeScript, s.state(n, ""), []any{s.wanted(n)})
	if err == nil {
		s.regressed(n, number(reply[1]))
	}
	return err
}

// knows reports whether a server, whose record says when it was last met, is one that has been met.
// Last is the last meeting that was known when it was asked: another may have been since, of which
// the answer cannot know. A meeting of another process counts as well.
func (s *Store) knows(n int, said any, asked time.Duration, last *meeting) bool {
	if !last.fresh(asked) {
		if last = s.meetings[n].Load(); !last.fresh(asked) {
			return false
		}
	}
	if text, _ := said.(string); text == last.text {
		return true
	}
	m := parseMeeting(said)
	if m.server != last.server || m.number < last.number {
		return false
	}
	if m.number > last.number {
		m.at = min(asked, last.at+time.Duration(m.number-last.number)*time.Microsecond)
		s.meetings[n].CompareAndSwap(last, &m)
	}
	return true
}
