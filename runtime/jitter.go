package runtime

import (
	"math/rand/v2"
	"time"
)

// spread shortens the life of an entry at random, by up to jitter percent, so that entries that were stored together do not expire together. It
// never lengthens it: the ttl is how long an answer may be served.
func (r *method) spread(ttl time.Duration) time.Duration {
	if most := ttl / 100 * time.Duration(r.o.jitter); most > 0 {
		ttl -= rand.N(most + 1)
	}
	return ttl
}
