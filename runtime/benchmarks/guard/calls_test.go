package guard

import (
	"os"
	"testing"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

func TestMain(m *testing.M) {
	if stepChild() {
		return
	}
	os.Exit(m.Run())
}

// sink keeps the compiler from leaving a call out.
var (
	sinkContact  *crm.Contact
	sinkContacts map[string]*crm.Contact
	sinkPrice    Price
	sinkError    error
)

// localHits are the local hits of a shop, and the same by hand.
func localHits(s *shop) map[string]func() {
	ctx := s.ctx
	prices, contacts := newHandCache[Price]("price"), newHandCache[*crm.Contact]("contact")
	prices.put(ctx, "42", thePrice)
	contacts.put(ctx, "42", theContact)
	return map[string]func(){
		"value":           func() { sinkPrice, sinkError = s.Price(ctx, "42") },
		"value by hand":   func() { sinkPrice, _ = prices.get(ctx, "42") },
		"pointer":         func() { sinkContact, sinkError = s.Contact(ctx, "42") },
		"pointer by hand": func() { c, _ := contacts.get(ctx, "42"); sinkContact = copyContact(c) },
		"shared":          func() { sinkContact, sinkError = s.Shared(ctx, "42") },
		"shared by hand":  func() { sinkContact, _ = contacts.get(ctx, "42") },
	}
}
