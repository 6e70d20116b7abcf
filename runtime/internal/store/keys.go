package store

import (
	"strconv"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// stateKeys are the keys of a shard's state: its record, the tables of its tenants, and the log of
// invalidations. No tenant can be named like them, because braces are escaped in a tenant.
type stateKeys struct {
	record string
	boxed  any    // record, as an argument of a command
	table  string // up to the tenant
	log    string
}

func newStateKeys(app string) (all [path.Shards]stateKeys) {
	for n := range all {
		base := app + ":{" + strconv.Itoa(n) + "}:"
		all[n] = stateKeys{base + "state", base + "state", base + "tenant:", base + "log"}
	}
	return all
}

// state lists the keys of a shard and a tenant as scripts take them.
func (s *Store) state(shard int, tenant string) []string {
	at := &s.keys[shard]
	return []string{at.record, at.table + tenant, at.log}
}

// staging is where a large value waits until it is known whether the claim of its load stands. It
// is in the slot of the entry, whose key has no braces of its own. No two claims share one: a load
// that has lost its claim does not overwrite what another has sent.
func (s *Store) staging(entryKey string, by entry.Token) string {
	return s.app + ":{" + entryKey + "}:fill:" + strconv.FormatUint(uint64(by), 16)
}
