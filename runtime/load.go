package runtime

import (
	"context"

	"github.com/cachegen/cachegen/runtime/internal/store"
)

// loadTogether loads items in as few calls as chunk= allows, stores what they brought, and ends the
// flights of these. The first call that fails is the last, and its error is returned: what is left
// has failed with it.
func (c *call) loadTogether(over context.Context, list []*item) error {
	loaded := 0
	stop := c.renewClaims(over, list)
	defer func() { // also of a panic
		c.store(over, list, loaded, stop)
		for _, it := range list[:loaded] {
			c.end(it, it.out)
		}
	}()
	for some := range c.chunks(list) {
		if err := c.loadChunk(over, some); err != nil {
			return err
		}
		loaded += len(some)
	}
	return nil
}

// renewClaims renews the claims that a load has until stop is called. A single load ends its
// renewal when its claim is gone; one that is gone costs its fill.
func (c *call) renewClaims(over context.Context, list []*item) (stop func()) {
	if held := claimsOf(list); len(held) > 0 {
		redis := c.m.c.redis
		return c.m.c.work.Renew(over, store.ClaimLife, func(ctx context.Context) bool { return redis.Renew(ctx, held) })
	}
	return func() {}
}

func claimsOf(list []*item) []store.Claim {
	var claims []store.Claim
	for _, it := range list {
		if it.loading.claim.By != 0 {
			claims = append(claims, it.loading.claim)
		}
	}
	return claims
}

// loadChunk calls the inner repository once, and encodes what it says of each item.
func (c *call) loadChunk(over context.Context, list []*item) error {
	m := c.m
	m.counts.loads.Add(uint64(len(list)))
	asOf := make([]uint64, len(list))
	for i, it := range list {
		asOf[i] = m.c.flights.begin(it.flight, it.loading.claim.By, it.seen.Seq)
	}
	failed := true
	defer func() { // also of a panic
		if failed {
			m.counts.loadErrors.Add(uint64(len(list)))
		}
	}()
	if err := c.from.load(over, list); err != nil {
		return err
	}
	failed = false
	for i, it := range list {
		it.source = SourceLoad
		c.weigh(over, it)
		it.out = c.found(it, asOf[i])
	}
	return nil
}

// weigh encodes what was loaded for an item, and decides for how long it may be kept: 0 for not at
// all.
func (c *call) weigh(over context.Context, it *item) {
	m := c.m
	switch {
	case it.part.err != nil: // which the repository's load has encoded
		it.ttl = m.jittered(m.o.NotFound)
		return
	case m.batched && it.part.none:
		it.payload, it.ttl = it.part.absent(), m.jittered(m.o.NotFound)
		return
	}
	payload, bad := m.encode(it.part.value)
	if bad != nil {
		m.codecError(over, it.Key, bad)
		return
	}
	it.payload = payload
	if payload[0] == payloadNil || m.o.Missing != nil && m.o.Missing(it.part.value) {
		it.ttl = m.jittered(m.o.NotFound)
		return
	}
	if it.resultTags != nil && it.part.value != nil {
		tags, text := it.resultTags(it.part.value)
		if !text {
			m.warnNoTagText(over, it.Key)
			return
		}
		it.tags = tags
	}
	it.ttl = m.jittered(m.o.TTL)
}

// store keeps what was loaded, the first items, and gives up the claims of those that brought
// nothing to store. It stops the renewal of claims before it fills.
func (c *call) store(over context.Context, list []*item, loaded int, stop func()) {
	if c.m.c.redis == nil {
		stop()
		c.storeEmbedded(list[:loaded])
		return
	}
	var fill, release []*item
	for i, it := range list {
		switch {
		case it.loading.claim.By == 0:
		case i < loaded && it.ttl > 0 && over.Err() == nil:
			fill = append(fill, it)
		default:
			release = append(release, it)
		}
	}
	fill, refused := c.mayFill(over, fill)
	stop()
	if release = append(release, refused...); len(release) > 0 {
		if err := c.m.c.redis.Release(over, c.budget, claimsOf(release)); err != nil {
			c.m.redisError(over, "release", release[0].Key, err)
		}
	}
	if len(fill) > 0 {
		c.fill(over, fill)
	}
}

// storeEmbedded keeps what was loaded in a cache without Redis.
func (c *call) storeEmbedded(list []*item) {
	m := c.m
	for _, it := range list {
		tags := m.c.stripesOf(it.Tenant, it.tags)
		stripes := m.c.local.Stripes.In(0)
		switch {
		case it.ttl <= 0:
		case it.seen.Bypass || m.blocked(&it.Target) || m.c.local.Blocked(tags) ||
			stripes.Stale(it.Stripes, it.seen.Seq) || stripes.Stale(tags, it.seen.Seq):
			m.counts.fillsRefused.Add(1)
		default:
			c.keep(it, it.seen.Seq, it.ttl, tags)
		}
	}
}

// mayFill splits what has been loaded into what may be stored and what may not, because of its
// tags.
func (c *call) mayFill(over context.Context, list []*item) (fill, refused []*item) {
	var ask []*item
	var looks []store.TagLook
	for _, it := range list {
		if len(it.tags) == 0 {
			fill = append(fill, it)
		} else {
			ask, looks = append(ask, it), append(looks, store.TagLook{Tags: it.tags, Stamp: it.seen.Seq})
		}
	}
	if len(ask) == 0 {
		return list, nil
	}
	may, err := c.m.c.redis.MayFill(over, c.budget, &ask[0].Target, looks)
	if err != nil {
		c.m.redisError(over, "look at the tags of", ask[0].Key, err)
		return fill, ask
	}
	for i, it := range ask {
		if may[i] {
			fill = append(fill, it)
		} else {
			refused = append(refused, it)
			c.m.counts.fillsRefused.Add(1)
		}
	}
	return fill, refused
}

// fill stores what was loaded in Redis, and copies in the process if it follows the invalidations.
func (c *call) fill(over context.Context, list []*item) {
	m := c.m
	fillings := make([]store.Filling, len(list))
	for i, it := range list {
		fillings[i] = store.Filling{Claim: it.loading.claim, Stamp: it.seen.Seq, Tags: it.tags, Payload: it.payload, TTL: it.ttl}
	}
	stored, errs := m.c.redis.Fill(over, c.budget, fillings)
	for i, it := range list {
		switch {
		case errs[i] != nil:
			m.redisError(over, "fill", it.Key, errs[i])
		case !stored[i]:
			m.counts.fillsRefused.Add(1)
		case m.c.local.Views[it.Shard].Applied.Load() != 0:
			// As of the load, not of now: what was invalidated meanwhile stays stale.
			c.keep(it, it.seen.Seq, it.ttl, m.c.stripesOf(it.Tenant, it.tags))
		}
	}
}
