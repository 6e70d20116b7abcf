package runtime

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/store"
)

// Options configures a [Cache]. The zero value is a working cache inside this process. A duration
// of more than a hundred years counts as a hundred years.
type Options struct {
	// App is the first segment of every key. Applications that share a Redis need one each. Default
	// "cache".
	App string

	// Redis is a client of the server, cluster or failover group that processes share. The caller
	// closes it, after Cache.Close. A struct that embeds a client, as for tracing, is what it
	// embeds. A redis.Ring, clients that read from replicas and redis.NewFailoverClusterClient are
	// refused. A client with ContextTimeoutEnabled saves each read a change of goroutine. Default
	// nil: entries live in this process alone.
	Redis redis.UniversalClient

	// Tenant finds the tenant of a context that WithTenant has named none for. An error or ""
	// means that there is none. It is called at most once for each read and invalidation,
	// concurrently. Default nil: only WithTenant names tenants.
	Tenant func(context.Context) (string, error)

	// NotFound lists the errors that mean "there is no such thing", matched with errors.Is. A read
	// with notfound= remembers them. It then returns an error of the same text, for which errors.Is
	// finds the one listed here. Default sql.ErrNoRows.
	NotFound []error

	// IsNotFound accepts further errors that mean "there is no such thing": those of a type or with
	// a code, as ent.IsNotFound does. A read with notfound= remembers them too, and what it returns
	// then has the same text and is accepted as well. Inside is the zero value of the error's type,
	// or else, where that is not accepted, an error of the same text. A process learns such errors
	// from its own loads, so the first of each is one. It is called concurrently. Default nil.
	IsNotFound func(error) bool

	// Codec turns the results of all reads into bytes and back. Entries of another codec are not
	// read. Default nil: generated code for each type, which is several times faster and carries
	// more; a type without generated code gets the same bytes by reflection.
	Codec Codec

	// Versions are what is known at start-up and changes the meaning of answers, such as the name
	// of a model or the hash of a prompt, by prefix. A prefix stands for what lies below it as
	// well, and the longest counts: summary is for summary:short, too. The entries of another text
	// are not read, and expire. A write reaches those of all that are in use. Default nil.
	Versions map[string]string

	// RedisTimeout bounds how long a read or a write waits for Redis in all, whatever the client's
	// own timeouts are. A caller with a deadline waits for at most half of what is left of it, and
	// the repository has the rest; but a write may always wait for 50 ms, because it is to be in
	// force when it returns. Default 250 ms.
	RedisTimeout time.Duration

	// Staleness bounds how long a copy in this process may answer after another process has
	// invalidated the entry, whatever the network does: copies answer only while Redis has
	// confirmed, at most that long ago, that no invalidation was missed. Usually it is less than a
	// millisecond. Strong reads are never stale. Default 1 s.
	Staleness time.Duration

	// StrictInvalidation makes a writing method return an *InvalidationError when Redis did not
	// accept its invalidation. Default false: the writer gets no error. Either way the invalidation
	// is retried in the background, and meanwhile this process does not answer from what it covers.
	StrictInvalidation bool

	// LoadTimeout bounds a load. A load runs on a context of its own, so a caller that gives up
	// does not end it for the others. Default 30 s.
	LoadTimeout time.Duration

	// MaxLoads bounds how many loads run at once, of all methods: while Redis is cold or gone, each
	// read is one. Others wait, and callers for as long as their contexts allow; Stats counts them
	// as Queued. A load that waits for another read of the cache does not count. Default 1000.
	MaxLoads int

	// MaxBytes bounds the copies in this process, in bytes of encoded entries, keys and
	// bookkeeping. A result of a read InProcess, which is not encoded, counts as 1 KiB. Default 64
	// MiB.
	MaxBytes int64

	// Seed is for tests that assert what was not invalidated. A hash with this seed assigns paths
	// to 65,536 stripes; paths that meet in one cost each other misses, some hundred in a million.
	// The same seed always gives the same misses. Default 0: a random seed.
	Seed uint64

	// Logger receives the failures that the caller gets no error for. Default slog.Default().
	Logger *slog.Logger

	// Observe is called after each read and each invalidation, on the goroutine of its caller. It
	// must be safe for concurrent use. It is for traces; Cache.Stats has the counts. Default nil:
	// off, at no cost.
	Observe func(context.Context, Event)
}

// settings are what a cache keeps of its Options: all but the client. A package that names Cache
// compiles what its fields lead to, and from the types of the client that takes longer than all
// else in it.
type settings struct {
	tenant       func(context.Context) (string, error)
	notFound     []error
	isNotFound   func(error) bool
	known        *knownErrors // that isNotFound accepts
	codec        Codec
	versions     map[string]string // by prefix
	redisTimeout time.Duration
	loadTimeout  time.Duration
	strict       bool
	logger       *slog.Logger
	observe      func(context.Context, Event)
}

func (o *Options) settings() settings {
	return settings{o.Tenant, o.NotFound, o.IsNotFound, new(knownErrors), o.Codec, maps.Clone(o.Versions), o.RedisTimeout, o.LoadTimeout, o.StrictInvalidation, o.Logger, o.Observe}
}

func (o Options) withDefaults() (Options, error) {
	if o.App == "" {
		o.App = "cache"
	}
	if o.Redis != nil {
		if err := store.Refuse(o.Redis); err != nil {
			return o, fmt.Errorf("cachegen: %w", err)
		}
	}
	if o.NotFound == nil {
		o.NotFound = []error{sql.ErrNoRows}
	}
	for i, err := range o.NotFound {
		if err == nil {
			return o, fmt.Errorf("cachegen: Options.NotFound[%d] is nil", i)
		}
	}
	for prefix := range o.Versions {
		if prefix == "" || strings.HasPrefix(prefix, ":") || strings.HasSuffix(prefix, ":") || strings.Contains(prefix, "*") {
			return o, fmt.Errorf("cachegen: Options.Versions has the key %q; it takes a prefix, as in %q", prefix, "contact:list")
		}
	}
	if o.MaxLoads < 0 {
		return o, fmt.Errorf("cachegen: Options.MaxLoads is negative: %d", o.MaxLoads)
	}
	if o.MaxLoads == 0 {
		o.MaxLoads = 1000
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
	*d = capped(*d)
	return nil
}
