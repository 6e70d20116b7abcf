package runtime

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Eight bytes that count as plain hold none that is escaped, wherever it stands among them.
func TestEightBytesAreEscapedLikeOne(t *testing.T) {
	for b := range 256 {
		for at := range 8 {
			for _, fill := range []string{"z", "-", "9", "@"} {
				s := strings.Repeat(fill, at) + string([]byte{byte(b)}) + strings.Repeat(fill, 7-at)
				if plain(s) {
					require.False(t, needsEscape[b], "%q", s)
				}
				require.Equal(t, !needsEscape[b], clean(s), "%q", s)
				require.Equal(t, !needsEscape[b], clean("contact-"+s), "%q", s)
			}
		}
	}
	require.True(t, plain("550e8400"))
	require.True(t, plain("Zz@-./09"))
	require.False(t, plain("contact:"))
}

// What a target has cut out of its key is what the key says of itself.
func TestTargetIsWhatTheKeySays(t *testing.T) {
	for _, args := range [][]string{nil, {"42"}, {"a:b", ""}, {strings.Repeat("x", 190)}, {strings.Repeat("x", 300), "y"}, make([]string, 2*maxScopes)} {
		var k KeyBuffer
		k.begin("test:", encodeTenant("ac:me"), ":contact:list")
		for _, arg := range args {
			k.String(arg)
		}
		key := string(k.finish(":v1"))
		got := newTarget(&k, key)
		require.Equal(t, key, got.key)
		require.Equal(t, k.tenant(), got.tenant)
		require.Equal(t, k.scopes(), got.scopes)
		require.Equal(t, append(k.scopes(), entryField(k.ownPath())), got.fields)
		require.Equal(t, len(got.scopes), cap(got.scopes), "who appends to the scopes writes into the fields")
	}
}
