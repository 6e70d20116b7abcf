package path

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// What a target has cut out of its key is what the key says of itself.
func TestTargetIsWhatTheKeySays(t *testing.T) {
	for _, args := range [][]string{nil, {"42"}, {"a:b", ""}, {strings.Repeat("x", 190)}, {strings.Repeat("x", 300), "y"}, make([]string, 2*MaxScopes)} {
		var k key.Buffer
		key.Begin(&k, "test:", key.EncodeTenant("ac:me"), ":contact:list")
		for _, arg := range args {
			k.String(arg)
		}
		finished := string(key.Finish(&k, ":v1"))
		got := NewTarget(&k, finished)
		require.Equal(t, finished, got.Key)
		require.Equal(t, key.Tenant(&k), got.Tenant)
		require.Equal(t, scopes(&k), got.Scopes)
		require.Equal(t, append(scopes(&k), EntryField(own(&k))), got.Fields)
		require.Equal(t, len(got.Scopes), cap(got.Scopes), "who appends to the scopes writes into the fields")
	}
}
