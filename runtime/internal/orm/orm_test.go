package orm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/cachegen/cachegen/runtime/internal/orm"
)

func TestMayWrite(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT 1":                             false,
		" (select * from t for update":         false,
		"UPDATE t SET a = 1":                   true,
		"with x as (delete from t) select 1":   true,
		"INSERT INTO t VALUES (1) RETURNING *": true,
		"truncate t":                           true,
		"SHOW deleted":                         false,
		"EXPLAIN updated_at":                   false,
		"":                                     false,
	} {
		if got := orm.MayWrite(sql); got != want {
			t.Errorf("%q may write: %t", sql, got)
		}
	}
}

func TestMentions(t *testing.T) {
	for _, c := range []struct {
		sql, word string
		want      bool
	}{
		{`UPDATE "contacts" SET a`, "contacts", true}, {"update Contacts", "contacts", true}, {"crm.contacts", "contacts", true},
		{"contacts", "contacts", true}, {"contacts_tags", "contacts", false}, {"my_contacts", "contacts", false},
		{"écontacts", "contacts", false}, {"x", "", false}, {"contactscontacts contacts", "contacts", true},
	} {
		if got := orm.Mentions(c.sql, c.word); got != c.want {
			t.Errorf("%q mentions %q: %t", c.sql, c.word, got)
		}
	}
}

type stateError string

func (e stateError) Error() string    { return string(e) }
func (e stateError) SQLState() string { return string(e) }

func TestWasRefused(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, errors.New("lost"): false, stateError("23505"): true, stateError("08006"): false, stateError("57P01"): false,
		stateError("40003"): false, stateError("40001"): true, stateError(""): false,
	} {
		if got := orm.WasRefused(err); got != want {
			t.Errorf("%v was refused: %t", err, got)
		}
	}
	if !orm.WasRefused(fmt.Errorf("create: %w", stateError("23505"))) {
		t.Error("an error around one that was refused was not")
	}
}

type key struct{}

func TestPending(t *testing.T) {
	var p orm.Pending[[]string]
	add := func(ctx context.Context, s string) bool {
		return p.Add(ctx, func(into *[]string) { *into = append(*into, s) })
	}
	one, two := context.WithValue(t.Context(), key{}, "one"), context.WithValue(t.Context(), key{}, "two")
	add(one, "a")
	add(one, "b")
	add(two, "c")
	add(one, "d")
	first, second := errors.New("first"), errors.New("second")
	var got []string
	failures := []error{nil, first, second}
	err := p.Apply(func(ctx context.Context, list []string) error {
		got = append(got, fmt.Sprint(ctx.Value(key{}), list))
		return failures[len(got)-1]
	})
	if want := []string{"one[a b]", "two[c]", "one[d]"}; !slices.Equal(got, want) || err != first {
		t.Errorf("%q is applied (%v), want %q", got, err, want)
	}
	if add(one, "late") {
		t.Error("a transaction that has committed takes changes over")
	}

	p = orm.Pending[[]string]{}
	add(one, "a")
	p.Drop()
	if !add(one, "late") {
		t.Error("what follows a rollback is not dropped")
	}
	if err := p.Apply(func(context.Context, []string) error { return first }); err != nil {
		t.Error("what was rolled back is applied")
	}
}
