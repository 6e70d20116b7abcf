package runtime

import (
	"context"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// sharedStore is store.Store, and follower is store.Follower, by their methods. A package that
// names Cache, as every one with generated code does, compiles what its fields lead to: by way of
// the concrete types, half a megabyte of the Redis client. TestFootprint holds that it does not.
type sharedStore interface {
	Register(prefix, version string, ttl time.Duration)
	RegisterTags(prefix string)
	Holds(hold time.Duration)

	Read(ctx context.Context, b *store.Budget, targets []*path.Target, copies bool) ([]store.Snapshot, error)
	Prepare(ctx context.Context, b *store.Budget, target *path.Target, seen *store.Snapshot) (outdated bool, err error)
	Claim(ctx context.Context, b *store.Budget, targets []*path.Target, by entry.Token, seen []*store.Snapshot) []store.Claim
	Renew(ctx context.Context, claims []store.Claim) (stand bool)
	MayFill(ctx context.Context, b *store.Budget, target *path.Target, looks []store.TagLook) ([]bool, error)
	Fill(ctx context.Context, b *store.Budget, fillings []store.Filling) (stored []bool, errs []error)
	Release(ctx context.Context, b *store.Budget, claims []store.Claim) error

	Invalidate(ctx context.Context, b *store.Budget, set path.Set, m store.Mode, hold time.Duration) error
	Retry(ctx context.Context, shard int, list []store.Waiting) (done int, err error)
	Hold(ctx context.Context, set path.Set, writer string, hold time.Duration) error
	Counter(ctx context.Context, b *store.Budget, target *path.Target) (since store.Point, ok bool, err error)
	Reserve(ctx context.Context, b *store.Budget, targets []*path.Target, by entry.Token) []store.Claim
	StampPut(ctx context.Context, b *store.Budget, since store.Point, list []store.Putting) (stamps []uint64, err error)
}

type follower interface {
	Want(shard int)
	Stop()
	Stats() store.FollowerStats
}
