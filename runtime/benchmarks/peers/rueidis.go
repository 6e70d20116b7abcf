package peers

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidisaside"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// doCache is rueidis with its client-side caching. The aside around it is what the author of
// rueidis says that he normally writes (https://github.com/redis/rueidis/issues/534): DoCache, and
// if there is nothing, load and SET.
type doCache[T any] struct {
	next   contact.Repository[T]
	client rueidis.Client
}

func openDoCache[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Addr}, DisableCache: s.Remote})
	if err != nil {
		return nil, err
	}
	return &doCache[T]{next, client}, nil
}

func (c *doCache[T]) Get(ctx context.Context, id string) (T, error) {
	var v T
	// What cannot be decoded is loaded again, like what is not there.
	if c.client.DoCache(ctx, c.client.B().Get().Key(Prefix+id).Cache(), TTL).DecodeJSON(&v) == nil {
		return v, nil
	}
	v, err := c.next.Get(ctx, id)
	if err != nil {
		return v, err
	}
	if data, err := json.Marshal(v); err == nil {
		_ = c.client.Do(ctx, c.set(id, data)).Error() // the value is there; only the cache is not
	}
	return v, nil
}

func (c *doCache[T]) set(id string, data []byte) rueidis.Completed {
	return c.client.B().Set().Key(Prefix + id).Value(rueidis.BinaryString(data)).Ex(TTL).Build()
}

func (c *doCache[T]) GetMany(ctx context.Context, ids []string) (map[string]T, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = Prefix + id
	}
	found, _ := rueidis.MGetCache(c.client, ctx, TTL, keys)
	out := make(map[string]T, len(ids))
	var missing []string
	for i, id := range ids {
		var v T
		if m, ok := found[keys[i]]; ok && m.DecodeJSON(&v) == nil {
			out[id] = v
			continue
		}
		missing = append(missing, id)
	}
	if len(missing) == 0 {
		return out, nil
	}
	loaded, err := c.next.GetMany(ctx, missing)
	if err != nil {
		return nil, err
	}
	sets := make(rueidis.Commands, 0, len(loaded))
	for id, v := range loaded {
		out[id] = v
		if data, err := json.Marshal(v); err == nil {
			sets = append(sets, c.set(id, data))
		}
	}
	c.client.DoMulti(ctx, sets...)
	return out, nil
}

func (c *doCache[T]) Update(ctx context.Context, id string, v T) error {
	return errors.Join(c.next.Update(ctx, id, v), c.client.Do(ctx, c.client.B().Del().Key(Prefix+id).Build()).Error())
}

func (c *doCache[T]) UpdateAll(context.Context) error { return noPattern }

func (c *doCache[T]) Close() error {
	c.client.Close()
	return nil
}

// typedAside is rueidisaside with the typed client of its README, and JSON as there.
type typedAside[T any] struct {
	next   contact.Repository[T]
	client rueidisaside.CacheAsideClient
	typed  rueidisaside.TypedCacheAsideClient[T]
}

func openAside[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	client, err := rueidisaside.NewClient(rueidisaside.ClientOption{
		ClientOption: rueidis.ClientOption{InitAddress: []string{s.Addr}, DisableCache: s.Remote},
	})
	if err != nil {
		return nil, err
	}
	encode := func(v *T) (string, error) {
		data, err := json.Marshal(v)
		return string(data), err
	}
	decode := func(text string) (*T, error) {
		v := new(T)
		return v, json.Unmarshal([]byte(text), v)
	}
	return &typedAside[T]{next, client, rueidisaside.NewTypedCacheAsideClient(client, encode, decode)}, nil
}

func (c *typedAside[T]) Get(ctx context.Context, id string) (T, error) {
	v, err := c.typed.Get(ctx, TTL, Prefix+id, func(ctx context.Context, _ string) (*T, error) {
		v, err := c.next.Get(ctx, id)
		return &v, err
	})
	if err != nil {
		var none T
		return none, err
	}
	return *v, nil
}

func (c *typedAside[T]) GetMany(context.Context, []string) (map[string]T, error) {
	return nil, noBatch
}

func (c *typedAside[T]) Update(ctx context.Context, id string, v T) error {
	return errors.Join(c.next.Update(ctx, id, v), c.typed.Del(ctx, Prefix+id))
}

func (c *typedAside[T]) UpdateAll(context.Context) error { return noPattern }

func (c *typedAside[T]) Close() error {
	c.client.Close()
	return nil
}
