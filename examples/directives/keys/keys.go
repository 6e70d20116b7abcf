// Package keys says what makes a key.
package keys

import (
	"context"
	"log/slog"
	"strings"
)

//go:generate go tool cachegen

// Order is what a customer has bought.
type Order struct{ ID, Customer, Status string }

// Filter narrows a list of orders. Only its exported fields are in a key.
type Filter struct {
	Customer string
	Status   string
	Trace    string // of the request
}

type user struct{}

// As returns a context in which a user asks.
func As(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, user{}, name)
}

// UserOf is who asks; "" if nobody does.
func UserOf(ctx context.Context) string {
	name, _ := ctx.Value(user{}).(string)
	return name
}

// Fold makes one text of those that find the same.
func Fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// OrderRepository stores orders.
//
//cache:ttl=10m ttlonly
type OrderRepository interface {
	// Get has the key order:{id}: every parameter but the context, in order.
	//cache:prefix=order
	Get(ctx context.Context, id string) (*Order, error)

	// List spells its key out. The Trace of the filter is not in it.
	//cache:prefix=order:list key={f.Customer}:{f.Status}:{page}
	List(ctx context.Context, f Filter, page int) ([]*Order, error)

	// Mine depends on who asks, which the context says: UserOf is a function of the package.
	//cache:prefix=order:mine key={ctx.UserOf()}
	Mine(ctx context.Context) ([]*Order, error)

	// Search has one answer for "Foo " and "foo": Fold is a function of the package.
	//cache:prefix=order:search key={Fold(text)}
	Search(ctx context.Context, text string) ([]*Order, error)

	// Count leaves out the logger, which does not change the answer.
	//cache:prefix=order:count ignore={log}
	Count(ctx context.Context, customer string, log *slog.Logger) (int, error)

	// Summary means something else since its second version, and its type has not changed.
	//cache:prefix=order:summary version=2
	Summary(ctx context.Context, customer string) (map[string]int, error)
}
