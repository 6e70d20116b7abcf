package runtime

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// With a seed paths have the stripes that they had in the last run, so a test sees the same collisions or none; without, nobody can know them.
func TestSeedDecidesWhichPathsShareAStripe(t *testing.T) {
	of := func(s *stripes) (list []uint16) {
		for n := range 100 {
			list = append(list, s.index("acme", fmt.Sprint("contact:", n)))
		}
		return list
	}
	require.Equal(t, of(newStripes(1)), of(newStripes(1)))
	require.NotEqual(t, of(newStripes(1)), of(newStripes(2)))
	require.NotEqual(t, of(newStripes(0)), of(newStripes(0)))
	require.Equal(t, uint16(0x20f0), newStripes(1).index("acme", "contact:42"), "a release with another hash has other collisions")
}

// A tenant's path is not that of another whose name it continues.
func TestStripesSeparateTenantAndPath(t *testing.T) {
	s := newStripes(1)
	require.NotEqual(t, s.index("acme", "contact"), s.index("acmecon", "tact"))
}
