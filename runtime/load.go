package runtime

import (
	"context"
	"slices"

	"github.com/cachegen/cachegen/runtime/internal/store"
)

// loadTogether loads items in as few calls as chunk= allows, stores what they brought, and ends the
// flights of these. The first call that fails is the last, and its error is returned: what is left
// has failed with it.
func (c *call) loadTogether(over context.Context, list []*item) error {
	loaded := 0
	stop := c.renewClaims(over, list)
	defer func() { // also of a panic
		later := c.store(over, list, loaded, stop)
		for _, it := range list[:loaded] {
			c.end(it, it.out)
		}
		c.storeLater(over, later)
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

// loadChunk calls the inner repository once, when there is room, and encodes what it says of each
// item.
func (c *call) loadChunk(over context.Context, list []*item) error {
	m := c.m
	load, err := c.room(over, list)
	if err != nil {
		return err
	}
	defer load.end()
	m.counts.loads.Add(uint64(len(list)))
	asOf := make([]uint64, len(list))
	for i, it := range list {
		asOf[i] = m.c.flights.begin(it.flight, it.loading.claim.By, it.seen.Seq)
		it.lateSince = c.stampLate(it)
	}
	failed := true
	defer func() { // also of a panic
		if failed {
			m.counts.loadErrors.Add(uint64(len(list)))
		}
	}()
	if err := c.from.load(load, list); err != nil {
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
	case it.part.several:
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
	if m.o.InProcess && payload[0] == payloadValue {
		it.kept = m.copy(it.part.value)
	}
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

// toStore is what has become of the claims of a load.
type toStore struct {
	fill    []*item // what it brought
	release []*item // what brought nothing to store
	late    []*item // what it brought without a claim
}

// store keeps what was loaded, the first items, and gives up the claims of the others. It stops the
// renewal of claims before it fills. It returns what is left, because the caller has waited for
// Redis long enough.
func (c *call) store(over context.Context, list []*item, loaded int, stop func()) (later toStore) {
	if c.m.c.redis == nil {
		stop()
		c.storeEmbedded(list[:loaded])
		return later
	}
	if c.m.o.InProcess {
		stop()
		c.storeInProcess(over, list[:loaded])
		return later
	}
	var s toStore
	for i, it := range list {
		brought := i < loaded && it.ttl > 0 && over.Err() == nil
		switch {
		case it.loading.claim.By == 0:
			if brought && it.lateSince.Seq != 0 {
				later.late = append(later.late, it)
			}
		case brought:
			s.fill = append(s.fill, it)
		default:
			s.release = append(s.release, it)
		}
	}
	if c.budget.Short() || s.size() > store.PieceBytes {
		stop()
		s.late = later.late
		return s
	}
	later.fill = c.storeNow(over, c.budget, s, stop)
	return later
}

// size is how many bytes there are to store.
func (s toStore) size() (n int) {
	for _, it := range s.fill {
		n += len(it.payload)
	}
	return n
}

// storeNow stores what may be stored, and returns what Redis has not answered for in time.
func (c *call) storeNow(over context.Context, b *store.Budget, s toStore, stop func()) (unanswered []*item) {
	fill, refused := c.mayFill(over, b, s.fill)
	stop()
	if release := append(s.release, refused...); len(release) > 0 {
		if err := c.m.c.redis.Release(over, b, claimsOf(release)); err != nil {
			c.m.redisError(over, "release", release[0].Key, err)
		}
	}
	if len(fill) == 0 {
		return nil
	}
	return c.fill(over, b, fill)
}

// storeLater stores what a load has brought whose callers wait no longer. They own the values by
// now, so it goes by the bytes.
func (c *call) storeLater(over context.Context, s toStore) {
	if len(s.fill)+len(s.release)+len(s.late) == 0 {
		return
	}
	for _, list := range [][]*item{s.fill, s.release, s.late} {
		for i, it := range list {
			list[i] = c.forLater(it)
		}
	}
	over, cancel := c.m.c.detach(over)
	c.m.c.work.Go(func() {
		defer cancel()
		stop := c.renewClaims(over, slices.Concat(s.fill, s.release))
		if s.size() > store.PieceBytes {
			// To encode it may have taken a good part of what its claim lives, and have kept the
			// renewal from running. The next is due only after a third of that.
			c.m.c.redis.Renew(over, claimsOf(s.fill))
		}
		for _, it := range slices.Concat(s.fill, s.late) {
			it.part, _ = c.m.open(it.payload) // it has just been encoded
		}
		c.storeNow(over, nil, s, func() {})
		stop()
		if len(s.late) > 0 {
			c.storeUnclaimed(over, s.late)
		}
	})
}

// forLater copies what storing needs of an item, but for its value.
func (c *call) forLater(it *item) *item {
	later := &item{Target: *it.copyOf(), seen: it.seen, payload: it.payload, loading: &loading{claim: it.loading.claim, tags: it.tags, ttl: it.ttl, lateSince: it.lateSince, tried: it.tried}}
	later.claim.Target = &later.Target
	return later
}

// storeEmbedded keeps what was loaded in a cache without Redis.
func (c *call) storeEmbedded(list []*item) {
	m := c.m
	for _, it := range list {
		tags := m.c.stripesOf(it.Tenant, it.tags)
		stripes := m.c.local.Stripes.In(0)
		switch {
		case it.ttl <= 0:
		case it.seen.Bypass || m.blocked(&it.Target) || m.c.local.Blocked(it.Shard, tags) ||
			stripes.Stale(it.Stripes, it.seen.Seq) || stripes.Stale(tags, it.seen.Seq):
			m.counts.fillsRefused.Add(1)
		default:
			c.keep(it, it.seen.Seq, it.ttl, tags)
		}
	}
}

// mayFill splits what has been loaded into what may be stored and what may not, because of its
// tags.
func (c *call) mayFill(over context.Context, b *store.Budget, list []*item) (fill, refused []*item) {
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
	may, err := c.m.c.redis.MayFill(over, b, &ask[0].Target, looks)
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
// It returns what Redis has not answered for within the budget.
func (c *call) fill(over context.Context, b *store.Budget, list []*item) (unanswered []*item) {
	m := c.m
	fillings := make([]store.Filling, len(list))
	for i, it := range list {
		fillings[i] = store.Filling{Claim: it.loading.claim, Stamp: it.seen.Seq, Epoch: it.seen.Epoch, Tags: it.tags, Payload: it.payload, TTL: it.ttl}
	}
	stored, errs := m.c.redis.Fill(over, b, fillings)
	for i, it := range list {
		switch {
		case b != nil && store.Unanswered(errs[i]):
			unanswered = append(unanswered, it)
		case errs[i] != nil:
			m.redisError(over, "fill", it.Key, errs[i])
		case !stored[i]:
			m.counts.fillsRefused.Add(1)
		case m.c.local.Views[it.Shard].Applied.Load() != 0:
			// As of the load, not of now: what was invalidated meanwhile stays stale.
			c.keep(it, it.seen.Seq, it.ttl, m.c.stripesOf(it.Tenant, it.tags))
		}
	}
	return unanswered
}
