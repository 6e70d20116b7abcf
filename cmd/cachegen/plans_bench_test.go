package main

import (
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	versions "github.com/cachegen/cachegen/cmd/cachegen/internal/fingerprint"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// BenchmarkPlans makes what is made of the types of the packages that BenchmarkGenerate generates
// for, loaded once: how each result is written, copied and given a version, and how each key is
// encoded.
func BenchmarkPlans(b *testing.B) {
	dir := annotatedModule(b, 100)
	packages, err := load.Load(b.Context(), load.Config{Dir: dir}, []string{"./..."})
	if err != nil {
		b.Fatal(err)
	}
	reads := make([][]*model.Read, len(packages))
	for i, p := range packages {
		for _, file := range check.Examine(p).Files {
			for _, w := range file.Wrappers {
				for _, m := range w.Methods {
					if m.Read != nil {
						reads[i] = append(reads[i], m.Read)
					}
				}
			}
		}
	}
	for b.Loop() {
		for i, p := range packages {
			view := shape.NewView(p.Types)
			for _, r := range reads[i] {
				planRead(b, view, r)
			}
		}
	}
}

func planRead(b *testing.B, view *shape.View, r *model.Read) {
	var keys []types.Type
	for _, s := range r.Key {
		if s.Value == nil {
			continue
		}
		keys = append(keys, s.Value.Type)
		if _, refusal := keytype.Of(s.Value.Type, view); refusal != nil {
			b.Fatal(refusal)
		}
	}
	if _, refusal := codec.Of(r.Value, view); refusal != nil {
		b.Fatal(refusal)
	}
	if _, refusal := clone.Of(r.Value, view); refusal != nil {
		b.Fatal(refusal)
	}
	if versions.Of(view, r.Value, "0", keys...) != r.Version {
		b.Fatalf("another version than %s", r.Version)
	}
}
