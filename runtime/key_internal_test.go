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
