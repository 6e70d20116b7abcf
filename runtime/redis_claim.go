package runtime

import (
	"cmp"
	"context"
	"encoding/binary"
	"time"
)

// prepare reports whether the snapshot was of a state that is no more, and the read has to look again: to take the new number for its stamp would
// be to overlook a fence that was opened before it. It makes sure that the shard's record and the tenant's table exist and that the record lists
// the versions of this process. Without that, an entry must not be filled: an exact invalidation would not know of it.
func (t *redisTier) prepare(ctx context.Context, b *budget, target *target, s *snapshot) (outdated bool, err error) {
	n := target.shard
	t.mu.Lock()
	own, registered := t.own, t.shards[n]
	t.mu.Unlock()
	known := s.floor != 0 && registered.floor == s.floor && registered.own == len(own) && time.Since(registered.at) < registerEvery
	if known && s.fresh {
		return false, nil
	}
	args := make([]any, 1, 1+len(own))
	args[0] = t.keep()
	for _, v := range own {
		args = append(args, v)
	}
	started := time.Now()
	reply, err := t.script(ctx, b, prepareScript, t.state(n, target.tenant), args)
	if err != nil {
		return false, err
	}
	floor := number(reply[1])
	t.mu.Lock()
	t.shards[n] = registration{floor, len(own), started}
	t.mu.Unlock()
	return !s.fresh || s.floor != floor, nil
}

type claimed int

const (
	claimHeld    claimed = iota // by another load
	claimTaken                  // by this one
	claimNewer                  // than the snapshot: there is a value now
	claimWritten                // by a write that will put its value
)

// claim reserves the entry for a load that takes its stamp from the snapshot. The claim that was taken stands under the token returned.
func (t *redisTier) claim(ctx context.Context, b *budget, target *target, by token, s *snapshot) (claimed, token, error) {
	if !t.cluster {
		return t.claimEntry(ctx, b, target, by, s)
	}
	fenced := t.lookForFences(ctx, *b, target, target.all())
	state, by, err := t.claimEntry(ctx, b, target, by, s)
	if again, bad := fenced(); again && state == claimTaken && err == nil {
		if bad == nil {
			state = claimNewer
		}
		return state, by, cmp.Or(bad, t.release(ctx, b, target, by))
	}
	return state, by, err
}

func (t *redisTier) claimEntry(ctx context.Context, b *budget, target *target, by token, s *snapshot) (claimed, token, error) {
	args := []any{by.bytes(), s.seq, s.least, s.entry.stamp, claimLife.Milliseconds()}
	reply, err := t.script(ctx, b, claimScript, []string{target.key}, args)
	if err != nil {
		return claimHeld, by, err
	}
	state, _ := reply[0].(int64)
	if held, _ := reply[1].(string); len(held) == 8 {
		by = token(binary.BigEndian.Uint64([]byte(held)))
	}
	return claimed(state), by, nil
}

// renew extends a claim, and reports whether it still stands.
func (t *redisTier) renew(ctx context.Context, target *target, by token) (bool, error) {
	n, err := t.one(ctx, nil, renewScript, target.key, by.bytes(), claimLife.Milliseconds())
	return n == 1, err
}

// fill stores what a load brought, if nothing has invalidated the entry since its claim, and reports whether it did.
func (t *redisTier) fill(ctx context.Context, b *budget, target *target, by token, stamp uint64, tags []string, payload []byte, ttl time.Duration) (bool, error) {
	value := appendStored(make([]byte, 0, valueLen+len(payload)), stamp, t.codec, tags, payload)
	n, err := t.one(ctx, b, fillScript, target.key, by.bytes(), value, max(ttl.Milliseconds(), 1))
	return n == 1, err
}

// release gives up the claim of a load that brought nothing to store.
func (t *redisTier) release(ctx context.Context, b *budget, target *target, by token) error {
	_, err := t.one(ctx, b, releaseScript, target.key, by.bytes())
	return err
}

func (t token) bytes() []byte { return binary.BigEndian.AppendUint64(nil, uint64(t)) }
