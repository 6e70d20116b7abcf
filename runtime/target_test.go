package runtime

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/chunk"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// The targets of a batch are those that single reads of the same keys have, whether they share room
// or not.
func TestTargetsOfABatchAreThoseOfSingleReads(t *testing.T) {
	var args [][]string
	for n := range 3 * chunk.Size {
		arg := []string{"list", fmt.Sprint(n)}
		switch n % 7 {
		case 1:
			arg = []string{"list"} // a prefix of its neighbours
		case 2:
			arg = append(arg, strings.Split(strings.Repeat("a.", n%40), ".")...) // more segments than there are scopes
		case 3:
			arg = append(arg, strings.Repeat("long", n)) // past key.MaxArgs: hashed
		case 4:
			arg = []string{"b", "x:y", ""}
		}
		args = append(args, arg)
	}
	list := local.NewStripes(1)
	finish := func(buf *KeyBuffer, arg []string) []byte {
		key.Begin(buf, "app:", "acme", ":contact")
		for _, s := range arg {
			buf.String(s)
		}
		return key.Finish(buf, ":v1")
	}
	build, got := targetBuilder{stripes: list}, make([]path.Target, len(args))
	for i, arg := range args {
		var buf KeyBuffer
		build.target(&got[i], &buf, finish(&buf, arg), len(args)-i)
	}
	for i, arg := range args {
		var buf KeyBuffer
		want := path.NewTarget(&buf, string(finish(&buf, arg)))
		want.Stripes = list.Cover(want.Tenant, want.Fields)
		require.Equal(t, *want, got[i], "%q", arg)
		own := *(&item{Target: got[i], at: []int{i}}).copyOf()
		require.Equal(t, *want, own)
		require.NotSame(t, unsafe.StringData(got[i].Key), unsafe.StringData(own.Key), "a copy in the process holds what the whole batch was cut from")
		require.NotSame(t, &got[i].Stripes[0], &own.Stripes[0])
	}
}
