package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/entry"
)

// Filling is a result to be stored under a claim.
type Filling struct {
	Claim
	Stamp   uint64
	Epoch   entry.Epoch
	Tags    []string
	Payload []byte
	TTL     time.Duration
}

// Fill stores what loads brought. An entry is stored if nothing has invalidated it since its claim;
// Fill reports for each whether it was. A server that has no memory left stores nothing and keeps
// the claim, which is given up.
func (s *Store) Fill(ctx context.Context, b *Budget, fillings []Filling) (stored []bool, errs []error) {
	for len(fillings) > 0 {
		n, size := 0, 0
		for n < len(fillings) && size+len(fillings[n].Payload) <= PieceBytes {
			size += len(fillings[n].Payload)
			n++
		}
		var some []bool
		var bad []error
		if n == 0 {
			n = 1
			some, bad = s.fillLarge(ctx, b, &fillings[0])
		} else {
			some, bad = s.fillPiece(ctx, b, fillings[:n])
		}
		stored, errs = append(stored, some...), append(errs, bad...)
		fillings = fillings[n:]
		if len(fillings) > 0 && errors.Join(bad...) == nil {
			b.Renew()
		}
	}
	return stored, errs
}

func (s *Store) fillPiece(ctx context.Context, b *Budget, fillings []Filling) (stored []bool, errs []error) {
	keys := make([]string, len(fillings))
	for i, f := range fillings {
		keys[i] = f.Target.Key
	}
	cmds, errs := s.runEach(ctx, b, fillScript, keys, func(i int) []any {
		f := &fillings[i]
		return []any{f.By.Bytes(), s.entryOf(f), f.ttl()}
	})
	stored = make([]bool, len(fillings))
	for i, cmd := range cmds {
		if errs[i] == nil {
			n, err := cmd.Int()
			stored[i], errs[i] = n == 1, err
		}
	}
	s.releaseFull(ctx, b, fillings, errs)
	return stored, errs
}

// fillLarge stores one value that is larger than a piece. Lua copies the arguments of a script:
// Redis would answer nobody for 3 ms for each MiB. So the value goes to a key of its own first, and
// a script that finds the claim standing gives that the name of the entry.
func (s *Store) fillLarge(ctx context.Context, b *Budget, f *Filling) (stored []bool, errs []error) {
	at := s.server(f.Target.Key)
	staged := s.staging(f.Target.Key, f.By)
	_, err := roundTrip(ctx, s, at, b.forBytes(len(f.Payload)), func(ctx context.Context) (string, error) {
		return s.client.Set(ctx, staged, s.entryOf(f), ClaimLife).Result()
	})
	if err != nil {
		errs = []error{err}
		s.releaseFull(ctx, b, []Filling{*f}, errs)
		return []bool{false}, errs
	}
	n, err := roundTrip(ctx, s, at, b, func(ctx context.Context) (int, error) {
		n, err := fillStagedScript.Run(ctx, s.client, []string{f.Target.Key, staged}, f.By.Bytes(), f.ttl()).Int()
		return n, ofScript(err, fillStagedScript)
	})
	return []bool{n == 1}, []error{err}
}

// entryOf is a result as it is stored.
func (s *Store) entryOf(f *Filling) []byte {
	stored := (f.At + uint64(f.age().Microseconds())) / 1000
	return entry.New(&entry.Entry{Epoch: f.Epoch, Stamp: f.Stamp, Stored: stored, Tags: f.Tags, Payload: f.Payload}, s.codec)
}

// ttl is how long the entry lives, in milliseconds.
func (f *Filling) ttl() int64 { return max(f.TTL.Milliseconds(), 1) }

// releaseFull gives up the claims of what a server had no memory for. After another error, whether
// it was stored is not known.
func (s *Store) releaseFull(ctx context.Context, b *Budget, fillings []Filling, errs []error) {
	var full []Claim
	for i, err := range errs {
		if redis.HasErrorPrefix(err, "OOM") {
			full = append(full, fillings[i].Claim)
		}
	}
	if len(full) > 0 {
		_ = s.Release(ctx, b, full) // the error of the fill is what is said
	}
}
