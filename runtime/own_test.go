package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// An argument of a generic method is copied down to what it refers to, as far as a codec can carry
// it.
func TestOwn(t *testing.T) {
	type filter struct {
		Tags []string
		Next *filter
	}
	f := &filter{Tags: []string{"a"}, Next: &filter{Tags: []string{"b"}}}
	own := runtime.Own(f)
	f.Tags[0], f.Next.Tags[0] = "changed", "changed"
	require.Equal(t, &filter{Tags: []string{"a"}, Next: &filter{Tags: []string{"b"}}}, own)
	list := []string{"a", "b"}
	ownList := runtime.Own(list)
	list[0] = "changed"
	require.Equal(t, []string{"a", "b"}, ownList)
	require.Nil(t, runtime.Own[*filter](nil))
	require.Nil(t, runtime.Own[[]string](nil))
	require.Nil(t, runtime.Own[any](nil))
	c := make(chan int)
	require.Equal(t, c, runtime.Own(c), "what cannot be carried is returned as it is")
	require.Equal(t, 7, runtime.Own[any](7))
}
