package check

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
)

// keyed is what a type is as a part of keys.
type keyed struct {
	encoding keytype.Encoding
	kind     kind
	class    class
	opens    class // of the first segment, if it is a value by itself
	marks    int   // of what is not nil, that a value begins with
}

// keyed finds that out once for each type. Refusals are not kept, since they speak of the type as it is written.
func (c *checker) keyed(t types.Type) (keyed, *keytype.Refusal) {
	if k, ok := c.keys[t]; ok {
		return k, nil
	}
	encoding, refusal := keytype.Of(t, c.view)
	if refusal != nil {
		return keyed{}, refusal
	}
	k := keyed{encoding, kindOf(encoding), classOf(encoding), opensWith(encoding), keytype.Marks(encoding)}
	c.keys[t] = k
	return k, nil
}
