package peers

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// aside is cache-aside over go-redis, ten lines as everybody writes them: GET, load, SET; DEL after
// a write. What is decoded in vain counts as a miss.
type aside[T any] struct {
	next contact.Repository[T]
	rdb  redis.UniversalClient
}

func (a *aside[T]) Get(ctx context.Context, id string) (T, error) {
	var v T
	data, err := a.rdb.Get(ctx, Prefix+id).Bytes()
	if err == nil && json.Unmarshal(data, &v) == nil {
		return v, nil
	}
	return a.load(ctx, id)
}

func (a *aside[T]) load(ctx context.Context, id string) (T, error) {
	v, err := a.next.Get(ctx, id)
	if err != nil {
		return v, err
	}
	if data, err := json.Marshal(v); err == nil {
		_ = a.rdb.Set(ctx, Prefix+id, data, TTL).Err() // the value is there; only the cache is not
	}
	return v, nil
}

func (a *aside[T]) GetMany(ctx context.Context, ids []string) (map[string]T, error) {
	out := make(map[string]T, len(ids))
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = Prefix + id
	}
	missing := ids
	if found, err := a.rdb.MGet(ctx, keys...).Result(); err == nil {
		missing = nil
		for i, id := range ids {
			var v T
			if text, ok := found[i].(string); ok && json.Unmarshal([]byte(text), &v) == nil {
				out[id] = v
				continue
			}
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	loaded, err := a.next.GetMany(ctx, missing)
	if err != nil {
		return nil, err
	}
	pipe := a.rdb.Pipeline()
	for id, v := range loaded {
		out[id] = v
		if data, err := json.Marshal(v); err == nil {
			pipe.Set(ctx, Prefix+id, data, TTL)
		}
	}
	_, _ = pipe.Exec(ctx)
	return out, nil
}

func (a *aside[T]) Update(ctx context.Context, id string, v T) error {
	return errors.Join(a.next.Update(ctx, id, v), a.rdb.Del(ctx, Prefix+id).Err())
}

func (a *aside[T]) UpdateAll(ctx context.Context) error {
	return noPattern
}

func (a *aside[T]) Close() error { return a.rdb.Close() }

// openGoRedisCSC is go-redis with its own client-side caching, which stands in the README under
// "Client-side caching" and is marked experimental. It caches replies of a client; loading is up to
// the application.
func openGoRedisCSC[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	o := &redis.Options{Addr: s.Addr, Protocol: 3}
	if !s.Remote {
		o.ClientSideCacheConfig = &redis.ClientSideCacheConfig{MaxEntries: Capacity}
	}
	return &aside[T]{next, redis.NewClient(o)}, nil
}

// GETs are the floors of a hit in Redis: a bare GET of the bytes of an entry, without decoding.
type GETs struct {
	rdb *redis.Client
	get redis.Cmdable
}

// OpenGETs connects to a server. With pipelined, the GETs of concurrent callers go through the
// client's automatic pipelining, with its default settings.
func OpenGETs(addr string, pipelined bool) (*GETs, error) {
	rdb := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	if !pipelined {
		return &GETs{rdb, rdb}, nil
	}
	pipe, err := rdb.AutoPipeline()
	if err != nil {
		return nil, errors.Join(err, rdb.Close())
	}
	return &GETs{rdb, pipe}, nil
}

// Fill stores bytes under the key of a contact.
func (g *GETs) Fill(ctx context.Context, id string, data []byte) error {
	return g.rdb.Set(ctx, Prefix+id, data, time.Hour).Err()
}

// Get reads them. That there are none is an error.
func (g *GETs) Get(ctx context.Context, id string) ([]byte, error) {
	return g.get.Get(ctx, Prefix+id).Bytes()
}

// GetMany reads those of many contacts, with one MGET, and returns how many there were.
func (g *GETs) GetMany(ctx context.Context, ids []string) (int, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = Prefix + id
	}
	found, err := g.rdb.MGet(ctx, keys...).Result()
	n := 0
	for _, v := range found {
		if v != nil {
			n++
		}
	}
	return n, err
}

// Close closes the client.
func (g *GETs) Close() error { return g.rdb.Close() }
