package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// The keys of a shard have one slot of a cluster, and those of no two shards or tenants are equal.
func TestStateKeys(t *testing.T) {
	s := &Store{keys: newStateKeys("crm")}
	require.Equal(t, []string{"crm:{3}:state", "crm:{3}:tenant:acme", "crm:{3}:log"}, s.state(3, "acme"))
	seen := make(map[string]bool)
	for n, at := range s.keys {
		require.Equal(t, at.record, at.boxed)
		tag := at.record[strings.IndexByte(at.record, '{') : strings.IndexByte(at.record, '}')+1]
		for _, name := range s.state(n, "acme") {
			require.False(t, seen[name], name)
			seen[name] = true
			require.Contains(t, name, tag)
		}
	}
	require.Len(t, seen, 3*len(s.keys))
}

// No tenant can be named so that an entry of it has the key of some state.
func TestNoEntryHasTheKeyOfSomeState(t *testing.T) {
	for _, at := range newStateKeys("crm") {
		tenant := strings.Split(at.record, ":")[1]
		require.NotEqual(t, tenant, key.EncodeTenant(tenant))
	}
}
