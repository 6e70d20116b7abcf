package local

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// With a seed paths have the stripes that they had in the last run, so a test sees the same
// collisions or none; without, nobody can know them.
func TestSeedDecidesWhichPathsShareAStripe(t *testing.T) {
	of := func(s *Stripes) (list []uint16) {
		for n := range 100 {
			list = append(list, s.Index("acme", fmt.Sprint("contact:", n)))
		}
		return list
	}
	require.Equal(t, of(NewStripes(1)), of(NewStripes(1)))
	require.NotEqual(t, of(NewStripes(1)), of(NewStripes(2)))
	require.NotEqual(t, of(NewStripes(0)), of(NewStripes(0)))
	require.Equal(t, uint16(0x20f0), NewStripes(1).Index("acme", "contact:42"), "a release with another hash has other collisions")
}

// A tenant's path is not that of another whose name it continues.
func TestStripesSeparateTenantAndPath(t *testing.T) {
	s := NewStripes(1)
	require.NotEqual(t, s.Index("acme", "contact"), s.Index("acmecon", "tact"))
}

// A log message with odd words raises odd stripes at worst.
func FuzzLogMessage(f *testing.F) {
	stripes := NewStripes(1)
	f.Add("scontact:list econtact:42 s")
	f.Fuzz(func(t *testing.T, words string) {
		s := path.ParseSet("acme", words)
		_ = stripes.Of(s)
	})
}
