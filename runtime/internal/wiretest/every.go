package wiretest

import (
	"context"
	"encoding/json"
	"math/big"
	"net/netip"
	"time"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/codectest"
)

// Every has a field for each type in the table of package codectest, and for those of this package
// that reflection can carry. Its code is that of another package than declares most of them, which
// is what the codec by reflection has to agree with.
type Every struct {
	Hidden          *codectest.Hidden
	Renamed         codectest.Renamed
	OmitEmpty       codectest.OmitEmpty
	Quoted          codectest.Quoted
	Account         *codectest.Account
	Card            *codectest.Card
	Event           codectest.Event
	Stamps          codectest.Stamps
	Span            codectest.Span
	Slices          codectest.Slices
	Maps            codectest.Maps
	Arrays          codectest.Arrays
	IDs             codectest.IDs
	Numbers         codectest.Numbers
	Floats          codectest.Floats
	Complex         codectest.Complex
	Base            codectest.Base
	Named           codectest.Named
	ByInt           codectest.ByInt
	ByBool          codectest.ByBool
	ByFloat         codectest.ByFloat
	ByPoint         codectest.ByPoint
	ByArray         codectest.ByArray
	ByTime          codectest.ByTime
	ByAddr          codectest.ByAddr
	Embedded        codectest.Embedded
	Shadowed        codectest.Shadowed
	Twice           codectest.Twice
	EmbeddedPointer codectest.EmbeddedPointer
	EmbeddedPrivate codectest.EmbeddedPrivate
	EmbeddedTime    codectest.EmbeddedTime
	Pointers        codectest.Pointers
	PointersPtr     *codectest.Pointers
	PointerPointers codectest.PointerPointers
	Raw             codectest.Raw
	NodePtr         *codectest.Node
	Strings         codectest.Tree[[]string]
	Page            *codectest.Page[codectest.Point, codectest.Stage]
	Addrs           codectest.Addrs
	Links           codectest.Links
	Money           codectest.Money
	Painted         codectest.Painted
	Methods         codectest.Methods
	Blank           codectest.Blank
	Anything        codectest.Anything
	BasePtr         *codectest.Base
	Empty           struct{}
	Bases           []*codectest.Base
	BasesByID       map[string]*codectest.Base
	String          string
	Int             int
	Uint64          uint64
	Bool            bool
	Float64         float64
	Stage           codectest.Stage
	Bytes           []byte
	Time            time.Time
	UUID            codectest.UUID
	Pair            [2]string

	Contact *codectest.Contact
	Tree    Tree
	Public  *Public
}

// Public is Node without an unexported field.
type Public struct {
	Small   int8
	Number  uint64
	At      time.Time
	Bytes   []byte
	Raw     json.RawMessage
	Any     any
	Next    *Public
	Nodes   []Public
	ByName  map[string]*Public
	ByPoint map[[2]int16][]string
	Units   []struct{}
	Deep    **[2][]bool
	Sum     *big.Int
	Host    netip.Addr
	Scalars struct {
		I16 int16
		I32 int32
		U   uint
		U16 uint16
		U32 uint32
		Ptr uintptr
	}
}

// Everything is a repository of it.
type Everything interface {
	//cache:ttl=1h prefix=every ttlonly
	Every(ctx context.Context) (*Every, error)
}

func appendEvery(v *Every) ([]byte, error) {
	return runtime.EncodeWith(cachedEveryPtr, nil, v)
}

func decodeEvery(data []byte) (*Every, error) {
	return runtime.DecodeWith[*Every](cachedEveryPtr, data)
}
