package store

import (
	"cmp"
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// ClaimState is what became of a claim.
type ClaimState int

// What the script says.
const (
	ClaimHeld    ClaimState = iota // by another load
	ClaimTaken                     // by this one
	ClaimNewer                     // than the snapshot: there is a value now
	ClaimWritten                   // by a write that will put its value
)

// Claim is a claim on an entry for a load.
type Claim struct {
	Target *path.Target
	By     entry.Token // under which it stands, if it was taken
	State  ClaimState
	At     uint64 // when it was taken, by the server's clock
	Till   string // of one that is held: its deadline, which moves while its load is alive
	Err    error

	heard time.Duration // when it was known that it was taken, by clock
}

// Claim reserves entries for one load, which takes its stamp from their snapshots.
func (s *Store) Claim(ctx context.Context, b *Budget, targets []*path.Target, by entry.Token, seen []*Snapshot) []Claim {
	fenced := func() (bool, error) { return false, nil }
	if s.spread {
		fields, _ := fieldsOf(targets)
		fenced = s.lookForFences(ctx, *b, targets[0], fields)
	}
	cmds, errs := s.runEach(ctx, b, claimScript, keysOf(targets), func(i int) []any {
		snap := seen[i]
		return []any{by.Bytes(), snap.Seq, snap.MinStamp, entry.StampBytes(snap.Entry.Stamp), ClaimLife.Milliseconds(), snap.Epoch.Bytes()}
	})
	claims := make([]Claim, len(targets))
	for i, cmd := range cmds {
		claims[i] = Claim{Target: targets[i], By: by, State: ClaimHeld, Err: errs[i]}
		if errs[i] == nil {
			claims[i].parse(cmd)
		}
	}
	if again, bad := fenced(); again {
		s.unclaim(ctx, b, claims, bad)
	}
	return claims
}

func (c *Claim) parse(cmd *redis.Cmd) {
	reply, err := list(cmd)
	if err != nil {
		c.Err = err
		return
	}
	state, _ := reply[0].(int64)
	c.State = ClaimState(state)
	held, _ := reply[1].(string)
	if c.State == ClaimHeld {
		c.Till = held
	} else if token, ok := entry.ParseToken(held); ok && len(reply) > 2 {
		c.By = token
		c.taken(reply[2])
	}
}

// taken notes when a claim was taken.
func (c *Claim) taken(at any) { c.At, c.heard = number(at), clock() }

// age is how long ago the server said so.
func (c *Claim) age() time.Duration { return clock() - c.heard }

// unclaim gives up what was claimed while a fence may have been opened: the load needs a new
// snapshot, or fails.
func (s *Store) unclaim(ctx context.Context, b *Budget, claims []Claim, bad error) {
	var taken []Claim
	var at []int
	for i, c := range claims {
		if c.Err == nil && c.State == ClaimTaken {
			taken, at = append(taken, c), append(at, i)
		}
	}
	if len(taken) == 0 {
		return
	}
	err := cmp.Or(bad, s.Release(ctx, b, taken))
	for _, i := range at {
		claims[i].State, claims[i].Err = ClaimNewer, err
	}
}

// Renew extends claims, and reports whether one of them still stands, as far as is known.
func (s *Store) Renew(ctx context.Context, claims []Claim) (stand bool) {
	cmds, errs := s.runEach(ctx, nil, renewScript, keysOfClaims(claims), func(i int) []any {
		return []any{claims[i].By.Bytes(), ClaimLife.Milliseconds()}
	})
	for i, cmd := range cmds {
		if errs[i] != nil {
			stand = true
		} else if n, err := cmd.Int(); err != nil || n == 1 {
			stand = true
		}
	}
	return stand
}

// Release gives up the claims of loads that brought nothing to store.
func (s *Store) Release(ctx context.Context, b *Budget, claims []Claim) error {
	_, errs := s.runEach(ctx, b, releaseScript, keysOfClaims(claims), func(i int) []any {
		return []any{claims[i].By.Bytes()}
	})
	return cmp.Or(errs...)
}

func keysOf(targets []*path.Target) []string {
	keys := make([]string, len(targets))
	for i, t := range targets {
		keys[i] = t.Key
	}
	return keys
}

func keysOfClaims(claims []Claim) []string {
	keys := make([]string, len(claims))
	for i, c := range claims {
		keys[i] = c.Target.Key
	}
	return keys
}
