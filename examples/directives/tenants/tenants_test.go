package tenants_test

import (
	"context"
	"testing"

	"github.com/cachegen/cachegen/examples/directives/tenants"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

type users struct{}

func (users) Get(_ context.Context, orgID, id string) (*tenants.User, error) {
	return &tenants.User{ID: id, Name: id + " of " + orgID}, nil
}

func (users) Save(context.Context, string, *tenants.User) error { return nil }

func (users) Anonymize(context.Context) error { return nil }

type plans struct{}

func (plans) Get(_ context.Context, name string) (tenants.Plan, error) {
	return tenants.Plan{Name: name}, nil
}

func (plans) Set(context.Context, tenants.Plan) error { return nil }

func TestTenantOfAnArgument(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	repo := tenants.NewCachedUserRepository(users{}, cache)
	read := func(loads uint64) {
		t.Helper()
		for range 2 {
			for _, org := range []string{"acme", "globex"} {
				if u, err := repo.Get(t.Context(), org, "ada"); err != nil || u.Name != "ada of "+org {
					t.Errorf("Get = %v, %v", u, err)
				}
			}
		}
		cachetest.WantLoads(t, cache, "UserRepository.Get", loads)
	}
	read(2)
	if err := repo.Save(t.Context(), "acme", &tenants.User{ID: "ada"}); err != nil {
		t.Fatal(err)
	}
	read(3)
	if err := repo.Anonymize(t.Context()); err != nil {
		t.Fatal(err)
	}
	read(5)
}

func TestGlobalEntriesNeedNoTenant(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	repo := tenants.NewCachedPlanRepository(plans{}, cache)
	for _, ctx := range []context.Context{t.Context(), runtime.WithTenant(t.Context(), "acme")} {
		if _, err := repo.Get(ctx, "basic"); err != nil {
			t.Fatal(err)
		}
	}
	cachetest.WantLoads(t, cache, "PlanRepository.Get", 1)
}
