package runtime_test

import (
	"context"
	"testing"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cachegen/cachegen/runtime"
)

func BenchmarkOtter(b *testing.B) {
	c := otter.Must(&otter.Options[string, *contact]{MaximumSize: 10_000})
	c.Set("crm:acme:contact:42", &contact{ID: "42"})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.GetIfPresent("crm:acme:contact:42"); !ok {
			b.Fatal("miss")
		}
	}
}

func BenchmarkOtterWithExpiry(b *testing.B) {
	c := otter.Must(&otter.Options[string, *contact]{MaximumSize: 10_000, ExpiryCalculator: otter.ExpiryWriting[string, *contact](time.Hour)})
	c.Set("crm:acme:contact:42", &contact{ID: "42"})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.GetIfPresent("crm:acme:contact:42"); !ok {
			b.Fatal("miss")
		}
	}
}

func BenchmarkLocalHit(b *testing.B) {
	c, _ := runtime.New(runtime.Options{Seed: 1})
	r := runtime.NewRead(c, runtime.ReadOptions{
		Method: "Get", Prefix: "contact", Version: "00c0ffee", TTL: time.Hour,
		Result: runtime.ResultOf((*runtime.Encoder).Int, (*runtime.Decoder).Int, nil),
	})
	ctx := acme()
	get := func(id string) (int, error) {
		var buf runtime.KeyBuffer
		key := r.Key(ctx, &buf).String(id)
		if v, ok, err := r.Lookup(ctx, key); ok {
			return v.(int), err
		}
		v, err := r.Load(ctx, key, func(context.Context) (any, error) { return len(id), nil })
		return v.(int), err
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := get("42"); err != nil {
			b.Fatal(err)
		}
	}
}
