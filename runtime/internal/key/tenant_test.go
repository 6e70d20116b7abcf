package key

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// However long a tenant is, and however much longer its escapes make it, its segment is short, and
// no other's.
func TestLongTenantsAreHashed(t *testing.T) {
	seen := make(map[string]string)
	for _, tenant := range []string{
		strings.Repeat("a", MaxTenant), strings.Repeat("a", MaxTenant+1), strings.Repeat("a", 8<<20), strings.Repeat("a", 8<<20) + "b",
		strings.Repeat(":", MaxTenant/3), strings.Repeat(":", MaxTenant/3+1), strings.Repeat(":", MaxTenant),
		"#" + strings.Repeat("0", 32), Global, "%67lobal", "", "*",
	} {
		segment := EncodeTenant(tenant)
		require.LessOrEqual(t, len(segment), MaxTenant)
		require.NotContains(t, segment, string(Separator))
		require.NotEqual(t, Every, segment)
		other, known := seen[segment]
		require.False(t, known, "%.40q and %.40q", tenant, other)
		seen[segment] = tenant
	}
	require.Regexp(t, `^#[0-9a-f]{32}$`, EncodeTenant(strings.Repeat("a", MaxTenant+1)))
	require.Equal(t, strings.Repeat("a", MaxTenant), EncodeTenant(strings.Repeat("a", MaxTenant)))
	require.Regexp(t, `^#`, EncodeTenant(strings.Repeat(":", MaxTenant/3+1)), "it is its escaped form that counts")
}
