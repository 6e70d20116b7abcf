package messages

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cachegen/cachegen/runtime"
)

func TestMessages(t *testing.T) {
	body, err := structpb.NewStruct(map[string]any{"a": 1.5, "b": []any{"x", nil, true}})
	if err != nil {
		t.Fatal(err)
	}
	body.ProtoReflect().SetUnknown([]byte{0x78, 1}) // field 15, of a newer version
	for _, in := range []*structpb.Struct{body, {}, nil} {
		data, err := runtime.EncodeWith(cachedStructPtr, nil, in)
		if err != nil {
			t.Fatal(err)
		}
		out, err := runtime.DecodeWith[*structpb.Struct](cachedStructPtr, data)
		if err != nil || !proto.Equal(in, out) || (in == nil) != (out == nil) {
			t.Errorf("%v became %v, %v", in, out, err)
		}
		for n := range data {
			if _, err := runtime.DecodeWith[*structpb.Struct](cachedStructPtr, data[:n]); err == nil {
				t.Errorf("%d of %d bytes are read", n, len(data))
			}
		}
	}
	in := []Envelope{{timestamppb.Now(), map[string]*structpb.Struct{"a": body, "": nil}}, {}}
	data, err := runtime.EncodeWith(cachedEnvelopeSlice, nil, in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := runtime.DecodeWith[[]Envelope](cachedEnvelopeSlice, data)
	if err != nil || len(out) != 2 || !in[0].Equal(out[0]) || !in[1].Equal(out[1]) {
		t.Errorf("%v became %v, %v", in, out, err)
	}
}

// store returns the same messages to all: callers must not notice.
type store struct{ body *structpb.Struct }

func (s store) Body(context.Context) (*structpb.Struct, error) { return s.body, nil }
func (s store) Envelopes(context.Context) ([]Envelope, error)  { return nil, nil }

func TestCallersHaveTheirOwn(t *testing.T) {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	body, err := structpb.NewStruct(map[string]any{"a": 1.5})
	if err != nil {
		t.Fatal(err)
	}
	repo := NewCachedMessages(store{body}, cache)
	ctx := runtime.WithTenant(t.Context(), "acme")
	want := proto.Clone(body)
	for range 3 {
		got, err := repo.Body(ctx)
		if err != nil || !proto.Equal(got, want) {
			t.Fatalf("%v, %v", got, err)
		}
		if got != body {
			delete(got.Fields, "a")
		}
	}
	if loads := cache.Stats().Loads; loads != 1 {
		t.Errorf("%d loads", loads)
	}
}
