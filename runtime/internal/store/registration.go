package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

const (
	registerEvery = 10 * time.Minute // a process that fills entries says so at least this often

	// tagMark stands among the versions of a prefix in a shard's record, and says that tags point
	// into the prefix. An exact invalidation, which else only deletes a key, stamps its path where
	// it lies under such a prefix, and pays nothing elsewhere.
	tagMark = "~"
)

// registration says for which record of a shard the versions of this process are registered, and
// since when.
type registration struct {
	epoch entry.Epoch
	own   int // how many of Store.own
	at    time.Time
}

// Register notes a version under which this process stores entries of a prefix, and how long they
// live.
func (s *Store) Register(prefix, version string, ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = max(s.longest, ttl)
	s.learn(prefix, version)
	s.addOwn(prefix, version)
}

// RegisterTags notes that tags of this process point into a prefix.
func (s *Store) RegisterTags(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addOwn(prefix, tagMark)
}

// addOwn adds to what this process registers. The caller holds s.mu.
func (s *Store) addOwn(prefix, version string) {
	for i := 0; i < len(s.own); i += 2 {
		if s.own[i] == prefix && s.own[i+1] == version {
			return
		}
	}
	s.own = append(s.own, prefix, version)
}

// learn adds a live version and reports whether it is news. The caller holds s.mu.
func (s *Store) learn(prefix, version string) bool {
	if slices.Contains(s.versions[prefix], version) {
		return false
	}
	s.versions[prefix] = append(s.versions[prefix], version)
	return true
}

// stateTTL is how long the state of a shard has to outlive its last use, in milliseconds: longer
// than any entry and any load that could fill one.
func (s *Store) stateTTL() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (s.longest + s.longest/16 + 2*registerEvery).Milliseconds()
}

// wanted is the argument that scripts make the record of a shard by: for how long it is kept, its
// epoch, and for how long it settles. There is nothing to settle for a process that has seen none:
// it is the first.
func (s *Store) wanted(n int) string {
	var holds uint64
	if s.local.Views[n].Seen.Load() != 0 {
		holds = s.holds[n].Load()
	}
	return fmt.Sprintf("%d %v %d", s.stateTTL(), entry.Epoch(rand.Uint32()|1), holds)
}

// Holds notes for how long a shard's record has to settle when it was lost, because of a fence or a
// settling mark that may have been lost with it: of writes of this process.
func (s *Store) Holds(hold time.Duration) {
	for n := range path.Shards {
		s.held(n, hold)
	}
}

// held notes the same of marks that this process has made or heard of.
func (s *Store) held(n int, hold time.Duration) {
	local.Raise(&s.holds[n], uint64(hold.Milliseconds()))
}

// versionsOf lists the keys of an entry under all live versions that this process knows of.
func (s *Store) versionsOf(tenant, entryPath string, yield func(entryKey string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for prefix := range path.Leading(entryPath) {
		for _, version := range s.versions[prefix] {
			yield(s.app + ":" + tenant + ":" + entryPath + key.VersionTag + version)
		}
	}
}

// Prepare makes sure that the shard's record and the tenant's table exist and that the record lists
// the versions of this process. Without that, an entry must not be filled: an exact invalidation
// would not know of it.
//
// It reports whether the snapshot was of a state that is no more, and the read has to look again.
// To take the new number for its stamp would be to overlook a fence that was opened before it.
func (s *Store) Prepare(ctx context.Context, b *Budget, target *path.Target, seen *Snapshot) (outdated bool, err error) {
	n := target.Shard
	s.mu.Lock()
	own, registered := s.own, s.shards[n]
	s.mu.Unlock()
	known := seen.Floor != 0 && registered.epoch == seen.Epoch && registered.own == len(own) &&
		time.Since(registered.at) < registerEvery
	if known && seen.TableExists {
		return false, nil
	}
	args := make([]any, 1, 1+len(own))
	args[0] = s.wanted(n)
	for _, v := range own {
		args = append(args, v)
	}
	started := time.Now()
	reply, err := s.script(ctx, b, prepareScript, s.state(n, target.Tenant), args)
	if err != nil {
		return false, err
	}
	epoch := epochOf(reply[2])
	s.mu.Lock()
	s.shards[n] = registration{epoch, len(own), started}
	s.mu.Unlock()
	return !seen.TableExists || seen.Epoch != epoch || seen.Floor != number(reply[1]), nil
}
