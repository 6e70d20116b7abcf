package notfound_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen/cachegen/examples/directives/notfound"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

// nobody knows no user.
type nobody struct{}

func (nobody) Get(_ context.Context, id string) (*notfound.User, error) {
	return nil, fmt.Errorf("user %s: %w", id, notfound.ErrNotFound)
}

func (nobody) Nick(context.Context, string) (*notfound.User, error) { return nil, nil }

func (nobody) Age(context.Context, string) (int, bool, error) { return 0, false, nil }

func (nobody) Save(context.Context, *notfound.User) error { return nil }

func TestNotFoundIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := cachetest.New(t, runtime.Options{NotFound: []error{notfound.ErrNotFound}})
		users := notfound.NewCachedUserRepository(nobody{}, cache)
		ctx := runtime.WithTenant(t.Context(), "acme")
		read := func(loads uint64) {
			t.Helper()
			_, err := users.Get(ctx, "ada")
			if !errors.Is(err, notfound.ErrNotFound) || err.Error() != "user ada: no such user" {
				t.Errorf("Get = %v", err)
			}
			if u, err := users.Nick(ctx, "countess"); u != nil || err != nil {
				t.Errorf("Nick = %v, %v", u, err)
			}
			if _, known, err := users.Age(ctx, "ada"); known || err != nil {
				t.Errorf("Age = %v, %v", known, err)
			}
			for _, method := range []string{"Get", "Nick", "Age"} {
				cachetest.WantLoads(t, cache, "UserRepository."+method, loads)
			}
		}
		read(1)
		read(1)
		time.Sleep(31 * time.Second)
		read(2)
		if err := users.Save(ctx, &notfound.User{ID: "ada"}); err != nil {
			t.Fatal(err)
		}
		read(3)
	})
}
