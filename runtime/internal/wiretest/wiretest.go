// Package wiretest is a repository whose results have generated code for their bytes, for the tests
// and benchmarks that need some.
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

//go:generate go run github.com/cachegen/cachegen/cmd/cachegen

// Node has a part of each kind, and can contain itself.
type Node struct {
	name    string
	Small   int8
	Number  uint64
	At      time.Time
	Bytes   []byte
	Raw     json.RawMessage
	Any     any
	Next    *Node
	Nodes   []Node
	ByName  map[string]*Node
	ByPoint map[[2]int16][]string
	Units   []struct{}
	Deep    **[2][]bool
	Sum     *big.Int
	Host    netip.Addr
}

// Tree can only contain itself.
type Tree []Tree

// Results is the repository.
type Results interface {
	//cache:ttl=1h prefix=contact ttlonly
	Contact(ctx context.Context) (*codectest.Contact, error)

	//cache:ttl=1h prefix=contacts ttlonly
	Contacts(ctx context.Context) ([]*codectest.Contact, error)

	//cache:ttl=1h prefix=node ttlonly
	Node(ctx context.Context) (*Node, error)

	//cache:ttl=1h prefix=tree ttlonly
	Tree(ctx context.Context) (Tree, error)
}

// AppendContact appends the bytes of one contact.
func AppendContact(dst []byte, v *codectest.Contact) ([]byte, error) {
	return runtime.EncodeWith(cachedContactPtr, dst, v)
}

// DecodeContact reads them.
func DecodeContact(data []byte) (*codectest.Contact, error) {
	return runtime.DecodeWith[*codectest.Contact](cachedContactPtr, data)
}

// AppendContacts appends the bytes of several.
func AppendContacts(dst []byte, v []*codectest.Contact) ([]byte, error) {
	return runtime.EncodeWith(cachedContactPtrSlice, dst, v)
}

// DecodeContacts reads them.
func DecodeContacts(data []byte) ([]*codectest.Contact, error) {
	return runtime.DecodeWith[[]*codectest.Contact](cachedContactPtrSlice, data)
}

func appendNode(v *Node) ([]byte, error) { return runtime.EncodeWith(cachedNodePtr, nil, v) }

func decodeNode(data []byte) (*Node, error) {
	return runtime.DecodeWith[*Node](cachedNodePtr, data)
}

func decodeTree(data []byte) (Tree, error) { return runtime.DecodeWith[Tree](cachedTree, data) }
