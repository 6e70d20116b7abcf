package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/entry"
)

// isReply reports an answer of the server, be it an error, as opposed to a failure to get one.
func isReply(err error) bool {
	if err == nil {
		return true // before there is a reply, which is on the heap
	}
	var reply redis.Error
	return errors.As(err, &reply)
}

// serves reports that a server has answered, and that it is not refusing all that it is asked.
func serves(err error) bool {
	if err == nil {
		return true
	}
	for _, refusal := range []string{"CLUSTERDOWN", "LOADING", "MASTERDOWN"} {
		if redis.HasErrorPrefix(err, refusal) {
			return false
		}
	}
	return isReply(err)
}

// mostAhead is how far a number may be ahead of this process's clock: numbers follow the clock of a
// server. Further ones are somebody else's, and with them nothing could be counted any more.
// Scripts allow for twice as much, so that clocks may differ.
const mostAhead = 365 * 24 * time.Hour

// number reads a number of a counter. What is missing or no number is 0, which makes a record count
// as lost.
func number(v any) uint64 {
	s, _ := v.(string)
	if s == "" {
		// Most fields are missing, and an error takes longer to make than a number to parse.
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > uint64(time.Now().Add(mostAhead).UnixMicro()) {
		return 0
	}
	return n
}

// epochOf reads the epoch of a record. What is missing or none is 0, which no record has.
func epochOf(v any) entry.Epoch {
	text, _ := v.(string)
	epoch, _ := entry.ParseEpoch(text)
	return epoch
}

// isRedirection reports that a node of a cluster has answered that another has the slot.
func isRedirection(err error) bool {
	return redis.HasErrorPrefix(err, "MOVED") || redis.HasErrorPrefix(err, "ASK")
}

// isForeign reports a key of the cache's that holds something else.
func isForeign(err error) bool { return redis.HasErrorPrefix(err, "WRONGTYPE") }

// markOf reads a stamp, and whether a fence stands on it.
func markOf(v any) (stamp uint64, fenced bool) {
	text, _ := v.(string)
	text, _, fenced = strings.Cut(text, ";")
	return number(text), fenced
}

// list reads the reply of a script that returns at least two values.
func list(cmd *redis.Cmd) ([]any, error) {
	reply, err := cmd.Slice()
	if err == nil && len(reply) < 2 {
		err = fmt.Errorf("script returned %v", reply)
	}
	return reply, err
}

// script runs a script that returns a list of at least two values.
func (s *Store) script(ctx context.Context, b *Budget, script *redis.Script, keys []string, args []any) ([]any, error) {
	return s.scriptVia(ctx, s.client, b, script, keys, args)
}

// scriptVia is script by way of another client.
func (s *Store) scriptVia(ctx context.Context, via redis.Scripter, b *Budget, script *redis.Script, keys []string, args []any) ([]any, error) {
	return roundTrip(ctx, s, s.server(keys[0]), b, func(ctx context.Context) ([]any, error) {
		reply, err := list(script.Run(ctx, via, keys, args...))
		return reply, ofScript(err, script)
	})
}
