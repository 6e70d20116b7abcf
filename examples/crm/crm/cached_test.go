package crm_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/mock/gomock"

	"github.com/cachegen/cachegen/examples/crm/crm"
	"github.com/cachegen/cachegen/examples/crm/mocks"
	"github.com/cachegen/cachegen/examples/internal/services"
	"github.com/cachegen/cachegen/runtime"
)

// newCache returns a cache, embedded unless the options say otherwise, that is closed when the test
// ends.
func newCache(t *testing.T, options runtime.Options) *runtime.Cache {
	t.Helper()
	options.Tenant = crm.Tenant
	options.NotFound = []error{crm.ErrNotFound}
	options.Seed = 1                        // what is not invalidated stays, not by chance
	options.RedisTimeout = 10 * time.Second // a busy machine must not make a hit a load
	cache, err := runtime.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cache.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cache
}

func acme(t *testing.T) context.Context   { return crm.WithTenant(t.Context(), "acme") }
func globex(t *testing.T) context.Context { return crm.WithTenant(t.Context(), "globex") }

// The contacts behind these decorators are a mock of go.uber.org/mock. It fails a test in which it
// is called more often than expected. A load runs on a context of its own, so the mock has to take
// any.

func TestSecondReadDoesNotReachTheRepository(t *testing.T) {
	inner := mocks.NewMockContactRepository(gomock.NewController(t))
	contacts := crm.NewCachedContactRepository(inner, newCache(t, runtime.Options{}))

	inner.EXPECT().Get(gomock.Any(), "ada").Return(&crm.Contact{ID: "ada", Name: "Ada Lovelace"}, nil).Times(1)
	for range 2 {
		wantName(t, contacts, acme(t), "Ada Lovelace")
	}

	filter := crm.ContactFilter{Company: "Analytical"}
	inner.EXPECT().List(gomock.Any(), filter, 1).Return([]*crm.Contact{{ID: "ada"}}, nil).Times(1)
	inner.EXPECT().List(gomock.Any(), filter, 2).Return(nil, nil).Times(1)
	for range 2 {
		for page, want := range map[int]int{1: 1, 2: 0} {
			if list, err := contacts.List(acme(t), filter, page); err != nil || len(list) != want {
				t.Errorf("page %d: %v, %v; want %d contacts", page, list, err, want)
			}
		}
	}
}

func TestAnotherTenantsReadReachesTheRepository(t *testing.T) {
	inner := mocks.NewMockContactRepository(gomock.NewController(t))
	contacts := crm.NewCachedContactRepository(inner, newCache(t, runtime.Options{}))

	inner.EXPECT().Get(gomock.Any(), "ada").DoAndReturn(func(ctx context.Context, id string) (*crm.Contact, error) {
		tenant, err := crm.Tenant(ctx) // the context of a load carries the values of the caller's
		return &crm.Contact{ID: id, Name: "Ada of " + tenant}, err
	}).Times(2)
	for range 2 {
		wantName(t, contacts, acme(t), "Ada of acme")
		wantName(t, contacts, globex(t), "Ada of globex")
	}
}

func TestUpdateMakesTheNextReadReachTheRepository(t *testing.T) {
	inner := mocks.NewMockContactRepository(gomock.NewController(t))
	contacts := crm.NewCachedContactRepository(inner, newCache(t, runtime.Options{}))
	failed := errors.New("connection lost")

	for i, answer := range []error{nil, failed} { // a write that failed may have been applied
		name := fmt.Sprintf("Ada %d", i)
		inner.EXPECT().Get(gomock.Any(), "ada").Return(&crm.Contact{ID: "ada", Name: name}, nil).Times(1)
		inner.EXPECT().List(gomock.Any(), crm.ContactFilter{}, 1).Return([]*crm.Contact{{ID: "ada", Name: name}}, nil).Times(1)
		for range 2 {
			wantName(t, contacts, acme(t), name)
			if list, err := contacts.List(acme(t), crm.ContactFilter{}, 1); err != nil || list[0].Name != name {
				t.Errorf("List = %v, %v; want %s", list, err, name)
			}
		}

		inner.EXPECT().Update(gomock.Any(), gomock.Any()).Return(answer)
		if err := contacts.Update(acme(t), &crm.Contact{ID: "ada"}); err != answer {
			t.Errorf("Update = %v; want %v", err, answer)
		}
	}
	inner.EXPECT().Get(gomock.Any(), "ada").Return(&crm.Contact{Name: "Ada 2"}, nil).Times(1)
	wantName(t, contacts, acme(t), "Ada 2")
}

func TestNotFoundIsRememberedUntilTheContactIsCreated(t *testing.T) {
	inner := mocks.NewMockContactRepository(gomock.NewController(t))
	contacts := crm.NewCachedContactRepository(inner, newCache(t, runtime.Options{}))

	inner.EXPECT().Get(gomock.Any(), "ada").Return(nil, fmt.Errorf("contact: %w", crm.ErrNotFound)).Times(1)
	for range 2 {
		if c, err := contacts.Get(acme(t), "ada"); c != nil || !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("Get = %v, %v; want %v", c, err, crm.ErrNotFound)
		}
	}

	created := &crm.Contact{Name: "Ada Lovelace"}
	inner.EXPECT().Create(gomock.Any(), created).DoAndReturn(func(_ context.Context, c *crm.Contact) error {
		c.ID = "ada" // as a database does; the decorator reads it afterwards
		return nil
	})
	if err := contacts.Create(acme(t), created); err != nil {
		t.Fatal(err)
	}
	inner.EXPECT().Get(gomock.Any(), "ada").Return(created, nil).Times(1)
	wantName(t, contacts, acme(t), "Ada Lovelace")
}

func TestBatchLoadsWhatNobodyHasReadYet(t *testing.T) {
	inner := mocks.NewMockContactRepository(gomock.NewController(t))
	contacts := crm.NewCachedContactRepository(inner, newCache(t, runtime.Options{}))

	inner.EXPECT().Get(gomock.Any(), "ada").Return(&crm.Contact{ID: "ada", Name: "Ada Lovelace"}, nil).Times(1)
	wantName(t, contacts, acme(t), "Ada Lovelace")
	inner.EXPECT().GetMany(gomock.Any(), []string{"alan", "nobody"}).Return(map[string]*crm.Contact{"alan": {ID: "alan"}}, nil).Times(1)
	for range 2 {
		some, err := contacts.GetMany(acme(t), []string{"ada", "alan", "nobody"})
		if err != nil || len(some) != 2 || some["ada"].Name != "Ada Lovelace" || some["alan"] == nil {
			t.Errorf("GetMany = %v, %v; want ada and alan", some, err)
		}
	}
	if c, err := contacts.Get(acme(t), "alan"); err != nil || c.ID != "alan" { // the mock expects no such call
		t.Errorf("Get = %v, %v; want what GetMany has loaded", c, err)
	}
}

func TestListIsStaleWhenAMemberChanges(t *testing.T) {
	inner := mocks.NewMockContactRepository(gomock.NewController(t))
	contacts := crm.NewCachedContactRepository(inner, newCache(t, runtime.Options{}))
	inner.EXPECT().Update(gomock.Any(), gomock.Any()).Return(nil).AnyTimes()
	inner.EXPECT().Delete(gomock.Any(), gomock.Any()).Return(nil).AnyTimes()
	inner.EXPECT().Create(gomock.Any(), gomock.Any()).Return(nil).AnyTimes()
	loads := 0
	inner.EXPECT().Newest(gomock.Any(), 2).DoAndReturn(func(context.Context, int) ([]*crm.Contact, error) {
		loads++
		return []*crm.Contact{{ID: "joan"}, {ID: "grace"}}, nil
	}).AnyTimes()

	for _, step := range []struct {
		call  string
		do    func() error
		stale bool
	}{
		{"the first read", func() error { return nil }, true},
		{"an update of another", func() error { return contacts.Update(acme(t), &crm.Contact{ID: "alan"}) }, false},
		{"an update of a member", func() error { return contacts.Update(acme(t), &crm.Contact{ID: "grace"}) }, true},
		{"the same for another tenant", func() error { return contacts.Update(globex(t), &crm.Contact{ID: "grace"}) }, false},
		{"the end of a member", func() error { return contacts.Delete(acme(t), "joan") }, true},
		{"a new contact", func() error { return contacts.Create(acme(t), &crm.Contact{ID: "nina"}) }, true},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		loads = 0
		if _, err := contacts.Newest(acme(t), 2); err != nil || (loads == 1) != step.stale {
			t.Errorf("after %s, the list was loaded %d times, %v; stale: %t", step.call, loads, err, step.stale)
		}
	}
}

func TestCallersOwnTheirAnswers(t *testing.T) {
	inner := mocks.NewMockContactRepository(gomock.NewController(t))
	contacts := crm.NewCachedContactRepository(inner, newCache(t, runtime.Options{}))

	inner.EXPECT().Get(gomock.Any(), "ada").Return(&crm.Contact{Name: "Ada Lovelace", Labels: []string{"vip"}}, nil).Times(1)
	for range 3 {
		c, err := contacts.Get(acme(t), "ada")
		if err != nil || c.Name != "Ada Lovelace" || c.Labels[0] != "vip" {
			t.Fatalf("Get = %+v, %v; want what the repository returned", c, err)
		}
		c.Name, c.Labels[0] = "edited", "edited"
	}
}

func wantName(t *testing.T, contacts crm.ContactRepository, ctx context.Context, want string) {
	t.Helper()
	if c, err := contacts.Get(ctx, "ada"); err != nil || c.Name != want {
		t.Errorf("Get = %+v, %v; want %s", c, err, want)
	}
}

// The deals are a mock of github.com/matryer/moq, which counts its calls.

func TestDeals(t *testing.T) {
	stage := crm.Offer
	inner := &mocks.DealRepositoryMock{
		GetFunc: func(_ context.Context, id string) (*crm.Deal, error) { return &crm.Deal{ID: id, Stage: stage}, nil },
		PipelineFunc: func(context.Context) (map[crm.Stage]crm.Cents, error) {
			return map[crm.Stage]crm.Cents{stage: 100}, nil
		},
		MoveFunc: func(_ context.Context, id string, to crm.Stage) (*crm.Deal, error) {
			stage = to
			return &crm.Deal{ID: id, Stage: stage}, nil
		},
	}
	deals := crm.NewCachedDealRepository(inner, newCache(t, runtime.Options{}))

	for _, step := range []struct {
		call  string
		do    func() error
		calls int // of the mock, when the step is done
	}{
		{"a read", func() error { return wantStage(deals, acme(t), crm.Offer) }, 2},
		{"the same read", func() error { return wantStage(deals, acme(t), crm.Offer) }, 2},
		{"another tenant's read", func() error { return wantStage(deals, globex(t), crm.Offer) }, 4},
		{"an update", func() error { _, err := deals.Move(acme(t), "d1", crm.Won); return err }, 4},
		{"the read after it", func() error { return wantStage(deals, acme(t), crm.Won) }, 5}, // the deal itself was put
		{"the other tenant's again", func() error { return wantStage(deals, globex(t), crm.Offer) }, 5},
	} {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.call, err)
		}
		if got := len(inner.GetCalls()) + len(inner.PipelineCalls()); got != step.calls {
			t.Errorf("after %s, %d reads have reached the repository; want %d", step.call, got, step.calls)
		}
	}
}

func wantStage(deals crm.DealRepository, ctx context.Context, want crm.Stage) error {
	deal, err := deals.Get(ctx, "d1")
	if err != nil || deal.Stage != want {
		return fmt.Errorf("Get = %+v, %v; want stage %s", deal, err, want)
	}
	pipeline, err := deals.Pipeline(ctx)
	if err != nil || len(pipeline) != 1 || pipeline[want] != 100 {
		return fmt.Errorf("Pipeline = %v, %v; want 100 in stage %s", pipeline, err, want)
	}
	return nil
}

// Two servers with a Redis in common share their answers, and each sees at once what the other has
// changed. What one of them has put, neither loads.
func TestServersShareRedis(t *testing.T) {
	url, app := services.Redis(t)
	stage := crm.Offer
	inner := &mocks.DealRepositoryMock{
		GetFunc: func(_ context.Context, id string) (*crm.Deal, error) { return &crm.Deal{ID: id, Stage: stage}, nil },
		MoveFunc: func(_ context.Context, id string, to crm.Stage) (*crm.Deal, error) {
			stage = to
			return &crm.Deal{ID: id, Stage: to}, nil
		},
	}
	server := func() *crm.CachedDealRepository {
		options, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(options)
		t.Cleanup(func() { client.Close() })
		return crm.NewCachedDealRepository(inner, newCache(t, runtime.Options{App: app, Redis: client}))
	}
	one, two := server(), server()

	for _, want := range []crm.Stage{crm.Offer, crm.Won} {
		for _, deals := range []crm.DealRepository{one, two, one} {
			// The other server hears of a write within moments. No read that begins
			// Options.Staleness later may miss it.
			var deal *crm.Deal
			var err error
			for written, late := time.Now(), false; !late; {
				late = time.Since(written) > time.Second
				if deal, err = deals.Get(acme(t), "d1"); err != nil || deal.Stage == want {
					break
				}
			}
			if err != nil || deal.Stage != want {
				t.Errorf("Get = %+v, %v; want stage %s", deal, err, want)
			}
		}
		if loads := len(inner.GetCalls()); loads != 1 {
			t.Errorf("%d reads have reached the repository; want 1", loads)
		}
		if _, err := two.Move(acme(t), "d1", crm.Won); err != nil {
			t.Fatal(err)
		}
	}
}
