package key

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
				if eightPlain(s) {
					require.False(t, mustEscape[b], "%q", s)
				}
				require.Equal(t, !mustEscape[b], isPlain(s), "%q", s)
				require.Equal(t, !mustEscape[b], isPlain("contact-"+s), "%q", s)
			}
		}
	}
	require.True(t, eightPlain("550e8400"))
	require.True(t, eightPlain("Zz@-./09"))
	require.False(t, eightPlain("contact:"))
}
