package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/cachegen/cachegen/examples/crm/crm"
	"github.com/cachegen/cachegen/examples/crm/mocks"
	"github.com/cachegen/cachegen/examples/crm/sqlstore"
	"github.com/cachegen/cachegen/runtime"
)

// A write inside runtime.InTx is invalidated when its database transaction has committed, and not
// at all when it is rolled back.
func TestInTx(t *testing.T) {
	failed := errors.New("the second write failed")
	for name, tt := range map[string]struct {
		end   func() error // after the write
		want  crm.Stage
		loads int
		err   error
	}{
		"commit":   {func() error { return nil }, crm.Won, 2, nil},
		"rollback": {func() error { return failed }, crm.Offer, 1, failed},
		"panic":    {func() error { panic(failed) }, crm.Offer, 1, failed},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := sqlstore.OpenSQLite(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := sqlstore.Seed(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			cache, err := runtime.New(runtime.Options{Tenant: crm.Tenant, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer cache.Close(context.Background())

			ctx := crm.WithTenant(t.Context(), "acme")
			if _, err := db.ExecContext(ctx, "UPDATE deals SET stage = $1 WHERE tenant_id = 'acme' AND id = 'd1'", crm.Offer); err != nil {
				t.Fatal(err)
			}
			var tx *sql.Tx
			inner := &mocks.DealRepositoryMock{
				GetFunc: sqlstore.NewDeals(db).Get,
				MoveFunc: func(ctx context.Context, id string, to crm.Stage) (*crm.Deal, error) {
					_, err := tx.ExecContext(ctx, "UPDATE deals SET stage = $1 WHERE tenant_id = 'acme' AND id = $2", to, id)
					return &crm.Deal{ID: id, Stage: to}, err
				},
			}
			deals := crm.NewCachedDealRepository(inner, cache)
			if _, err := deals.Get(ctx, "d1"); err != nil {
				t.Fatal(err)
			}
			err = func() (err error) {
				defer func() {
					if p := recover(); p != nil {
						err = p.(error)
					}
				}()
				return runtime.InTx(ctx, cache, db, nil, func(ctx context.Context, dbTx *sql.Tx) error {
					tx = dbTx
					if _, err := deals.Move(ctx, "d1", crm.Won); err != nil {
						return fmt.Errorf("move: %w", err)
					}
					if n := cache.Stats().Method("DealRepository.Move").Invalidations; n != 0 {
						t.Errorf("%d paths were invalidated before the commit", n)
					}
					return tt.end()
				})
			}()
			if !errors.Is(err, tt.err) {
				t.Errorf("InTx = %v; want %v", err, tt.err)
			}
			deal, err := deals.Get(ctx, "d1")
			if err != nil || deal.Stage != tt.want {
				t.Errorf("Get = %+v, %v; want stage %s", deal, err, tt.want)
			}
			if got := len(inner.GetCalls()); got != tt.loads {
				t.Errorf("%d reads have reached the database; want %d", got, tt.loads)
			}
		})
	}
}
