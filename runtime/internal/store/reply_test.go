package store

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// asked returns what a read of these keys would send, unsent.
func asked(t *testing.T, cluster, lives bool, keys ...string) entriesReply {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: "unused:1"}) // dials with the first command
	t.Cleanup(func() { _ = client.Close() })
	s, pipe := &Store{spread: cluster}, client.Pipeline()
	list := make([]int, len(keys))
	for i := range list {
		list[i] = 1 + i
	}
	q := &question{keys: append([]string{"state"}, keys...), lives: lives}
	r := s.askEntries(context.Background(), pipe, q, list)
	want := len(r.each)
	if r.mget != nil {
		want++
	}
	require.Equal(t, want, pipe.Len(), "not all commands are in the pipeline")
	return r
}

// Several entries of a single server come by one MGET, all others by a GET each; how long they live
// is asked of each.
func TestEntriesAreAskedFor(t *testing.T) {
	for _, c := range []struct {
		name           string
		cluster, lives bool
		keys           []string
		mget           []any
		each           [][]any
	}{
		{name: "none"},
		{name: "one", keys: []string{"a"}, each: [][]any{{"get", "a"}}},
		{name: "one that lives", lives: true, keys: []string{"a"}, each: [][]any{{"get", "a"}, {"pttl", "a"}}},
		{name: "two", keys: []string{"a", "b"}, mget: []any{"mget", "a", "b"}},
		{name: "two that live", lives: true, keys: []string{"a", "b"},
			mget: []any{"mget", "a", "b"}, each: [][]any{{"pttl", "a"}, {"pttl", "b"}}},
		{name: "two of a cluster", cluster: true, lives: true, keys: []string{"a", "b"},
			each: [][]any{{"get", "a"}, {"pttl", "a"}, {"get", "b"}, {"pttl", "b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := asked(t, c.cluster, c.lives, c.keys...)
			if c.mget == nil {
				require.Nil(t, r.mget)
			} else {
				require.Equal(t, c.mget, r.mget.Args())
			}
			var each [][]any
			for _, cmd := range r.each {
				each = append(each, cmd.Args())
			}
			require.Equal(t, c.each, each)
		})
	}
}

func TestEntriesOfMGet(t *testing.T) {
	r := asked(t, false, true, "a", "b")
	r.mget.SetVal([]any{"entry", nil})
	r.each[0].(*redis.DurationCmd).SetVal(time.Second)
	r.each[1].(*redis.DurationCmd).SetErr(redis.Nil)
	require.NoError(t, r.failed())
	value, err := r.value(0)
	require.NoError(t, err)
	require.Equal(t, []byte("entry"), value)
	value, err = r.value(1)
	require.NoError(t, err)
	require.Nil(t, value)
	require.Equal(t, time.Second, r.life(0))
	require.Zero(t, r.life(1))

	r.mget.SetErr(io.EOF)
	require.ErrorIs(t, r.failed(), io.EOF)
}

func TestEntriesOfGets(t *testing.T) {
	r := asked(t, true, true, "a", "b", "c")
	r.get(0).SetVal("entry")
	r.each[1].(*redis.DurationCmd).SetVal(time.Second)
	r.get(1).SetErr(redis.Nil)
	r.get(2).SetErr(wrongType)
	require.NoError(t, r.failed(), "neither a missing entry nor one of another type is a failure of the server")
	value, err := r.value(0)
	require.NoError(t, err)
	require.Equal(t, []byte("entry"), value)
	require.Equal(t, time.Second, r.life(0))
	value, err = r.value(1)
	require.NoError(t, err)
	require.Nil(t, value)
	_, err = r.value(2)
	require.ErrorIs(t, err, wrongType)

	r.get(1).SetErr(io.EOF)
	require.ErrorIs(t, r.failed(), io.EOF)
}

// Without the question there is no answer.
func TestLifeIsKnownOnlyIfAskedFor(t *testing.T) {
	r := asked(t, false, false, "a")
	require.Zero(t, r.life(0))
}

// replyError is an error that a server answered with.
type replyError string

func (e replyError) Error() string { return string(e) }
func (replyError) RedisError()     {}

const wrongType = replyError("WRONGTYPE Operation against a key holding the wrong kind of value")

func TestReplyIsNotAFailureToGetOne(t *testing.T) {
	require.True(t, isReply(nil))
	require.True(t, isReply(redis.Nil))
	require.True(t, isReply(wrongType))
	require.False(t, isReply(io.EOF))
	require.False(t, isReply(errTimeout))
	require.True(t, isReply(errors.Join(wrongType)))
}
