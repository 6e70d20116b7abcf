package runtime

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"
)

// Options configures a Cache. The zero value is a working cache inside this process.
type Options struct {
	// App is the first segment of every key, and keeps applications that share a Redis apart.
	// Default "cache".
	App string

	// Redis is the server, cluster or failover group that processes share. The caller owns and
	// closes it, after Cache.Close. A client made with ContextTimeoutEnabled saves each read a
	// change of goroutine. Nil: the cache lives in this process alone.
	Redis redis.UniversalClient

	// Tenant finds the tenant of a context that WithTenant was not called on. An error or "" means
	// no tenant. It is called once for each read and invalidation, concurrently.
	Tenant func(context.Context) (string, error)

	// NotFound lists the errors that mean "there is no such thing", matched with errors.Is: what a
	// read with notfound= remembers. A remembered answer returns an error with the same text that
	// wraps the one listed here. Default: sql.ErrNoRows.
	NotFound []error

	// Codec turns the results of all reads into bytes and back. Default: the generated code of each
	// type, which is several times faster and carries more, and the same bytes by reflection where
	// there is none. Entries of another codec are not read.
	Codec Codec

	// RedisTimeout bounds the time that one read waits for Redis in all, and a write for each round
	// trip of its invalidation, whatever the client's own timeouts are. Default 250 ms.
	RedisTimeout time.Duration

	// Staleness is how old a local copy of what Redis holds may be at most, whatever the network
	// does: local copies answer only while Redis has confirmed, at most that long ago, that no
	// invalidation was missed. Usually it is milliseconds. Default 1 s. Strong reads are never
	// stale.
	Staleness time.Duration

	// StrictInvalidation returns an *InvalidationError from a writing method whose invalidation
	// Redis did not accept. Without it the writer is not told; in both cases the invalidation is
	// retried in the background, and this process does not answer from what it covers.
	StrictInvalidation bool

	// LoadTimeout bounds a load, which runs on a context of its own: a caller that gives up does
	// not end it for the others. Default 30 s.
	LoadTimeout time.Duration

	// MaxBytes bounds the in-process tier: the encoded entries, their keys and their bookkeeping.
	// Default 64 MiB.
	MaxBytes int64

	// Seed is for tests that assert what was not invalidated. Paths share 65,536 stripes, to which
	// a hash with this seed assigns them; paths that meet in one cost each other misses, some
	// hundred in a million. With the same seed they are always the same. Default: a random one.
	Seed uint64

	// Logger receives what went wrong without the caller being told. Default: slog.Default().
	Logger *slog.Logger

	// Observe is called after each read and each write of a generated method, on the goroutine of
	// its caller, and must be safe for concurrent use. It is for traces and demonstrations; counts
	// are in Stats. Nil: off, at no cost.
	Observe func(context.Context, Event)
}

// settings are what a cache keeps of its Options: all but the client. A package that names Cache
// compiles what its fields lead to, and from the types of the client that takes longer than all
// else in it.
type settings struct {
	tenant       func(context.Context) (string, error)
	notFound     []error
	codec        Codec
	redisTimeout time.Duration
	loadTimeout  time.Duration
	strict       bool
	logger       *slog.Logger
	observe      func(context.Context, Event)
}

func (o *Options) settings() settings {
	return settings{o.Tenant, o.NotFound, o.Codec, o.RedisTimeout, o.LoadTimeout, o.StrictInvalidation, o.Logger, o.Observe}
}

func (o Options) withDefaults() (Options, error) {
	if o.App == "" {
		o.App = "cache"
	}
	if o.Redis != nil {
		if v := reflect.ValueOf(o.Redis); v.Kind() == reflect.Pointer && v.IsNil() {
			return o, fmt.Errorf("cachegen: Options.Redis is a nil %T; leave the field unset for a cache in this process", o.Redis)
		}
	}
	if c, ok := o.Redis.(*redis.ClusterClient); ok && c.Options().ReadOnly {
		return o, errors.New("cachegen: Options.Redis sends reads to replicas, which lag behind invalidations; " +
			"give the cache a client without ReadOnly, RouteByLatency and RouteRandomly")
	}
	if o.NotFound == nil {
		o.NotFound = []error{sql.ErrNoRows}
	}
	for i, err := range o.NotFound {
		if err == nil {
			return o, fmt.Errorf("cachegen: Options.NotFound[%d] is nil", i)
		}
	}
	if o.MaxBytes < 0 {
		return o, fmt.Errorf("cachegen: Options.MaxBytes is negative: %d", o.MaxBytes)
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, errors.Join(
		defaultDuration(&o.RedisTimeout, "RedisTimeout", 250*time.Millisecond),
		defaultDuration(&o.Staleness, "Staleness", time.Second),
		defaultDuration(&o.LoadTimeout, "LoadTimeout", 30*time.Second),
	)
}

func defaultDuration(d *time.Duration, name string, otherwise time.Duration) error {
	if *d < 0 {
		return fmt.Errorf("cachegen: Options.%s is negative: %v", name, *d)
	}
	if *d == 0 {
		*d = otherwise
	}
	return nil
}
