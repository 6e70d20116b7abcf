package store

import "errors"

// mostAgain is how often one read takes a step anew, in all its steps together, because the state
// has changed under it. So does a write that hears of versions which it did not know.
//
// What happens once does not add up to more: state that the read itself has made, a fence that has
// lapsed, a failover, the first invalidation for every tenant. What goes on is a server that does
// not do what is asked for: two answer at one address, and the connection to a demoted one is still
// open, so that what one shows the other does not mend. The read makes some 40 commands then, and
// made thousands before its time was over.
const mostAgain = 4

// ErrUnsettled is a read that has looked often enough, and goes past the cache.
var ErrUnsettled = errors.New("the state in Redis was another each time it was looked at; " +
	"see whether two servers answer at one address, one of them a demoted primary")

// errVersions is an invalidation of which it is not known that it reaches every entry.
var errVersions = errors.New("each time that it was asked, Redis told of further versions of the entries")

// Again reports whether a step may be taken anew because the state has changed under it.
func (b *Budget) Again() bool {
	if b == nil || b.again >= mostAgain {
		return false
	}
	b.again++
	return true
}

// last reports, once, that the next look cannot be taken anew. It ends its connection, so that the
// next read does not meet the same demoted server: the client dials again. No client can be told
// which of its connections to drop. The nodes of a cluster need none of that: a demoted one says
// where the slot is.
func (b *Budget) last() bool {
	if b == nil || b.again != mostAgain {
		return false
	}
	b.again++
	return true
}
