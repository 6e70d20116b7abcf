package runtime_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// A log is bounded by its bytes, however its messages differ.
func TestLogIsBoundedByBytes(t *testing.T) {
	const most = 4<<20 + 1<<20 // and what Redis needs beside the words
	for name, paths := range map[string]func(n int) int{
		"long":           func(int) int { return 500 },
		"short and long": func(n int) int { return []int{1, 500}[n/500] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := startRedis(t)
			c := b.newCache(t)
			ctx := context.Background()
			key := logOf("acme")
			for n := range 1000 {
				var patterns []string
				for i := range paths(n) {
					patterns = append(patterns, fmt.Sprintf("contact:%024d:%d", n, i))
				}
				require.NoError(t, c.Invalidate(acme(), patterns...))
			}
			size, err := b.admin().MemoryUsage(ctx, key, 0).Result()
			require.NoError(t, err)
			require.Less(t, size, int64(most))
			require.Greater(t, size, int64(most)/4, "more is forgotten than has to be")
			require.Less(t, b.admin().XLen(ctx, key).Val(), int64(1000), "nothing had to go: this test shows nothing")
		})
	}
}

// What is older than followers care for goes with the next messages.
func TestLogIsBoundedByAge(t *testing.T) {
	t.Parallel()
	_, b := startRedis(t)
	c := b.newCache(t)
	ctx := context.Background()
	key := logOf("acme")
	for n := range 200 {
		require.NoError(t, b.admin().XAdd(ctx, &redis.XAddArgs{Stream: key, ID: fmt.Sprint(n+1, "-0"), Values: []string{"p", "0", "t", "acme", "w", ""}}).Err())
	}
	for n := range 1000 {
		require.NoError(t, c.Invalidate(acme(), fmt.Sprintf("contact:%0200d", n)))
	}
	first := b.admin().XRangeN(ctx, key, "-", "+", 1).Val()
	require.NotEmpty(t, first)
	require.Greater(t, len(first[0].ID), 10, "the old messages are still there")
}
