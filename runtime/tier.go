package runtime

import (
	"context"
	"time"
)

// tier is the state in Redis, in the steps that reads and writes take. There is one, redisTier. This interface is for the compiler: a package that
// names Cache, as every one with generated code does, compiles what its fields lead to, and behind redisTier is the whole of the client.
type tier interface {
	register(prefix, version string, ttl time.Duration)
	registerTags(prefix string)

	read(ctx context.Context, b *budget, target *target) (*snapshot, error)
	prepare(ctx context.Context, b *budget, target *target, s *snapshot) (outdated bool, err error)
	claim(ctx context.Context, b *budget, target *target, by token, s *snapshot) (claimed, token, error)
	renew(ctx context.Context, target *target, by token) (bool, error)
	mayFill(ctx context.Context, b *budget, target *target, looks []tagLook) ([]bool, error)
	fill(ctx context.Context, b *budget, target *target, by token, stamp uint64, tags []string, payload []byte, ttl time.Duration) (bool, error)
	release(ctx context.Context, b *budget, target *target, by token) error

	readMany(ctx context.Context, b *budget, targets []*target, copies bool) ([]snapshot, error)
	claimMany(ctx context.Context, b *budget, targets []*target, by token, seen []*snapshot) []claimReply
	renewMany(ctx context.Context, targets []*target, by []token) error
	fillMany(ctx context.Context, b *budget, fillings []filling) (stored []bool, errs []error)
	releaseMany(ctx context.Context, b *budget, targets []*target, by []token) error

	invalidate(ctx context.Context, s stale, m mode, hold time.Duration, p patience) error
	hold(ctx context.Context, s stale, writer string, hold time.Duration) error
	counter(ctx context.Context, target *target) (*snapshot, error)
	reserve(ctx context.Context, target *target, by token) (token, bool, error)
	stampPut(ctx context.Context, target *target, path string, tags []string, since uint64, late bool) (stamp uint64, err error)
}

// following is a follower, as Cache sees it, for the same reason.
type following interface {
	want(shard int)
	stop()
	stats() FollowerStats
}
