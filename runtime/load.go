package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

// detach returns the context of a load: the caller's values, and an end of its own.
func (c *Cache) detach(ctx context.Context) (context.Context, context.CancelFunc) {
	over, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.o.loadTimeout)
	stop := context.AfterFunc(c.ending, cancel)
	return over, func() {
		stop()
		cancel()
	}
}

// fly runs a flight.
func (r *method) fly(f *flight, t *target, b *budget, seen *snapshot, load any) {
	out := outcome{source: SourceLoad}
	returned := false
	defer func() {
		if !returned {
			r.counts.loadErrors.Add(1)
			if out.panicked = recover(); out.panicked != nil {
				r.c.o.logger.ErrorContext(f.over, "cachegen: a load panicked", "method", r.o.name, "key", t.key, "error", loadPanic(out.panicked))
			} else {
				out.exited = true
				r.c.o.logger.ErrorContext(f.over, "cachegen: a load did not return", "method", r.o.name, "key", t.key, "error", errGoexit)
			}
		}
		r.c.flights.end(t.key, f, out)
	}()
	if f.prev != nil {
		select {
		case <-f.prev.done:
		case <-f.over.Done():
		}
	}
	if r.c.redis == nil {
		r.flyAlone(f, t, seen, &out, load)
	} else {
		r.flyRedis(f, t, b, seen, &out, load)
	}
	returned = true
}

// flyAlone loads in a cache without Redis.
func (r *method) flyAlone(f *flight, t *target, seen *snapshot, out *outcome, load any) {
	// Between this read's look-up and its place in flights, another flight may have put the entry in and left:
	//
	//	1. this read looks the key up: nothing
	//	2. the other flight puts the entry in, and leaves flights
	//	3. this read finds no flight, and starts one
	//
	// so the look-up is repeated now that nobody else loads the key.
	asOf := r.c.flights.tick()
	if e := r.c.local.get([]byte(t.key)); e != nil {
		if v, payload, answer, bad := r.open(e); bad == nil {
			*out = outcome{asOf: asOf, source: SourceLocal, payload: payload, value: v, err: answer}
			return
		}
	}
	stamp := r.c.local.seq.Load()
	ttl := r.load(f, t, 0, stamp, out, load)
	t = r.c.hung(t, out.tags)
	switch {
	case ttl <= 0:
	case seen.apart || r.blocked(t) || r.c.local.stripes.in(t.shard).stale(t.stripes, stamp):
		r.counts.fillsRefused.Add(1)
	default:
		r.keep(t, stamp, ttl, out.payload, out.value)
	}
}

// flyRedis claims the entry, loads, and fills; or waits for the process that holds the claim.
func (r *method) flyRedis(f *flight, t *target, b *budget, seen *snapshot, out *outcome, load any) {
	tier := r.c.redis
	by := token(rand.Uint64() | 1<<32)
	for pause := time.Millisecond; ; pause = min(pause*3/2, 50*time.Millisecond) {
		if seen.apart {
			r.load(f, t, 0, 0, out, load)
			return
		}
		state := claimNewer
		outdated, err := tier.prepare(f.over, b, t, seen)
		if err == nil && !outdated {
			state, by, err = tier.claim(f.over, b, t, by, seen)
		}
		if err != nil {
			r.redisError(f.over, "claim", t.key, err)
			seen = &snapshot{apart: true}
			continue
		}
		if state == claimTaken {
			break
		}
		if state == claimWritten || state == claimHeld && r.o.noLock {
			// A write may take its time, and ask for this key itself. What is loaded without a claim is not stored: nobody could tell it from
			// what was loaded before an invalidation.
			r.load(f, t, 0, 0, out, load)
			return
		}
		if state == claimHeld {
			select {
			case <-time.After(pause/2 + rand.N(pause)):
			case <-f.over.Done():
				out.err = fmt.Errorf("cachegen: another process has been loading %s for longer than Options.LoadTimeout: %w", t.key, context.Cause(f.over))
				out.asOf = r.c.flights.tick()
				return
			}
		}
		// Redis is well, it is a load that is waited for: the poll does not count against the time to wait for Redis.
		left := b.left
		asOf := r.c.flights.tick()
		if seen, err = r.look(f.over, b, t); err != nil {
			seen = &snapshot{apart: true}
			continue
		}
		b.left = left
		if seen.valid() {
			if v, answer, bad := r.decode(seen.entry.payload); bad == nil {
				*out = outcome{asOf: asOf, source: SourceRedis, payload: seen.entry.payload, value: v, err: answer}
				r.counts.redisHits.Add(1)
				r.keep(t.with(seen.tags), seen.copy, seen.ttl, seen.entry.payload, v)
				return
			}
		}
	}
	stop := r.keepClaim(f.over, t, by)
	filled := false
	defer func() {
		stop()
		if !filled {
			if err := tier.release(f.over, b, t, by); err != nil {
				r.redisError(f.over, "release", t.key, err)
			}
		}
	}()
	ttl := r.load(f, t, by, seen.seq, out, load)
	if ttl <= 0 || f.over.Err() != nil {
		return
	}
	if len(out.tags) > 0 {
		if may, err := tier.mayFill(f.over, b, t, []tagLook{{out.tags, seen.seq}}); err != nil {
			r.redisError(f.over, "look at the tags of", t.key, err)
			return
		} else if !may[0] {
			r.counts.fillsRefused.Add(1)
			return
		}
	}
	stop()
	stored, err := tier.fill(f.over, b, t, by, seen.seq, out.tags, out.payload, ttl)
	filled = !redis.HasErrorPrefix(err, "OOM") // or refused, or unknown: not ours to release
	if err != nil {
		r.redisError(f.over, "fill", t.key, err)
	} else if !stored {
		r.counts.fillsRefused.Add(1)
	} else if r.c.local.views[t.shard].applied.Load() != 0 {
		r.keep(r.c.hung(t, out.tags), seen.seq, ttl, out.payload, out.value)
	}
}

// keepClaim renews a claim until stop is called. A claim is short, so that a process that dies holds nobody up for long.
func (r *method) keepClaim(over context.Context, t *target, by token) (stop func()) {
	ctx, cancel := context.WithCancel(over)
	r.c.work.Go(func() {
		tick := time.NewTicker(claimLife / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if stands, err := r.c.redis.renew(ctx, t, by); err == nil && !stands {
					return
				}
			}
		}
	})
	return cancel
}

// load calls the inner repository and encodes the answer. It returns for how long the answer may be kept: 0 for not at all.
func (r *method) load(f *flight, t *target, claim token, stamp uint64, out *outcome, load any) time.Duration {
	r.counts.loads.Add(1)
	out.asOf = r.c.flights.begin(f, claim, stamp)
	v, err := r.result.load(f.over, load)
	out.value, out.err = v, err
	if err != nil {
		if r.o.notFound > 0 {
			if payload, ok := r.c.o.appendMissing(nil, err); ok {
				out.payload = payload
				return r.spread(r.o.notFound)
			}
		}
		r.counts.loadErrors.Add(1)
		return 0
	}
	payload, bad := r.encode(v)
	if bad != nil {
		r.codecError(f.over, t.key, bad)
		return 0
	}
	out.payload = payload
	if payload[0] == payloadNil || r.result.missing != nil && r.result.missing(v) {
		return r.spread(r.o.notFound)
	}
	if t.result != nil {
		tags, ok := t.result(v)
		if !ok {
			r.tagWithoutText(f.over, t.key)
			return 0
		}
		out.tags = tags
	}
	return r.spread(r.o.ttl)
}
