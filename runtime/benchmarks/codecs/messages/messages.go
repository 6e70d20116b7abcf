// Package messages is a repository of protobuf messages, whose module the runtime does not have.
package messages

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Its code is made from the root of the repository, where the command is:
//
//	go build -o /tmp/cachegen ./cmd/cachegen && cd runtime/benchmarks && /tmp/cachegen ./codecs/messages

// Envelope has messages in it.
type Envelope struct {
	at     *timestamppb.Timestamp
	Bodies map[string]*structpb.Struct
}

// Messages is the repository.
type Messages interface {
	//cache:ttl=1h prefix=body ttlonly
	Body(ctx context.Context) (*structpb.Struct, error)

	//cache:ttl=1h prefix=envelopes ttlonly
	Envelopes(ctx context.Context) ([]Envelope, error)
}

// Equal reports whether two envelopes are the same.
func (e Envelope) Equal(f Envelope) bool {
	if !proto.Equal(e.at, f.at) || len(e.Bodies) != len(f.Bodies) {
		return false
	}
	for k, b := range e.Bodies {
		if g, ok := f.Bodies[k]; !ok || !proto.Equal(b, g) {
			return false
		}
	}
	return true
}
