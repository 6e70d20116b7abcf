package runtime

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// The targets of a batch are those that single reads of the same keys have, whether they share room or not.
func TestTargetsOfABatchAreThoseOfSingleReads(t *testing.T) {
	var args [][]string
	for n := range 3 * slabSize {
		arg := []string{"list", fmt.Sprint(n)}
		switch n % 7 {
		case 1:
			arg = []string{"list"} // a prefix of its neighbours
		case 2:
			arg = append(arg, strings.Split(strings.Repeat("a.", n%40), ".")...) // more segments than there are scopes
		case 3:
			arg = append(arg, strings.Repeat("long", n)) // past maxArgs: hashed
		case 4:
			arg = []string{"b", "x:y", ""}
		}
		args = append(args, arg)
	}
	list := newStripes(1)
	key := func(buf *KeyBuffer, arg []string) []byte {
		buf.begin("app:", "acme", ":contact")
		for _, s := range arg {
			buf.String(s)
		}
		return buf.finish(":v1")
	}
	room, got := cutter{stripes: list}, make([]target, len(args))
	for i, arg := range args {
		var buf KeyBuffer
		room.target(&got[i], &buf, key(&buf, arg), len(args)-i)
	}
	for i, arg := range args {
		var buf KeyBuffer
		want := newTarget(&buf, string(key(&buf, arg)))
		want.stripes = list.covering(want.tenant, want.scopes)
		require.Equal(t, *want, got[i], "%q", arg)
		own := got[i].own()
		require.Equal(t, *want, own)
		require.NotSame(t, unsafe.StringData(got[i].key), unsafe.StringData(own.key), "a copy in the process holds what the whole batch was cut from")
		require.NotSame(t, &got[i].stripes[0], &own.stripes[0])
	}
}
