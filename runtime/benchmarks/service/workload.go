package service

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
)

// A workload is what the users of the CRM do.
type workload struct {
	Zipf     float64 // exponent of the popularity of contacts and products
	Writes   float64 // share of the operations that write
	Contacts int     // rows; the others follow from it
}

// usual is the workload that the goals are about.
var usual = workload{Zipf: 1.1, Writes: 0.05, Contacts: 10_000}

func (w workload) String() string {
	return fmt.Sprintf("zipf %v, %v %% writes", w.Zipf, 100*w.Writes)
}

// repositories are those of one process, with or without a cache.
type repositories struct {
	contacts crm.ContactRepository
	deals    crm.DealRepository
	products crm.ProductRepository
}

func direct(pool *postgres.Pools) repositories {
	return repositories{postgres.NewContacts(pool), postgres.NewDeals(pool), postgres.NewProducts(pool)}
}

func (r repositories) cached(cache *runtime.Cache) repositories {
	return repositories{
		crm.NewCachedContactRepository(r.contacts, cache),
		crm.NewCachedDealRepository(r.deals, cache),
		crm.NewCachedProductRepository(r.products, cache),
	}
}

// batchSize is how many contacts a dashboard shows.
const batchSize = 20

// A user does one operation of a workload after the other. The same seed does the same ones.
type user struct {
	workload
	size               postgres.Size
	rand               *rand.Rand
	contacts, products zipf
	companies          []string // of each contact
}

func newUser(w workload, seed uint64) *user {
	size := postgres.Sized(w.Contacts)
	companies := make([]string, size.Contacts)
	for n := range companies {
		companies[n] = postgres.Contact(n, size).CompanyID
	}
	return &user{w, size, rand.New(rand.NewPCG(4, seed)), newZipf(size.Contacts, w.Zipf), newZipf(size.Products, w.Zipf), companies}
}

// contact draws a contact. Popular ones are spread over companies and colleagues: 7919 is a prime,
// so each rank has a row of its own.
func (u *user) contact() int { return u.contacts.draw(u.rand) * 7919 % u.size.Contacts }

func (u *user) product() int { return u.products.draw(u.rand) * 7919 % u.size.Products }

// deal draws a deal of a contact.
func (u *user) deal() int {
	return u.contact() + u.rand.IntN(u.size.Deals/u.size.Contacts)*u.size.Contacts
}

// dashboard draws contacts, each of them once.
func (u *user) dashboard() []string {
	ids := make([]string, 0, batchSize)
	for len(ids) < batchSize {
		if id := postgres.ContactID(u.contact()); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// do does one operation.
func (u *user) do(ctx context.Context, repos repositories) error {
	if u.rand.Float64() < u.Writes {
		return u.write(ctx, repos)
	}
	return u.read(ctx, repos)
}

// read looks at a contact in half of the cases, and else at what is around it.
func (u *user) read(ctx context.Context, repos repositories) (err error) {
	switch share := u.rand.Float64(); {
	case share < 0.50:
		_, err = repos.contacts.Get(ctx, postgres.ContactID(u.contact()))
	case share < 0.65: // the colleagues of a contact, all of them or those in one stage
		f := crm.ContactFilter{CompanyID: u.companies[u.contact()]}
		if u.rand.IntN(2) == 0 {
			f.Stage = "customer"
		}
		_, err = repos.contacts.List(ctx, f, 1)
	case share < 0.77:
		_, err = repos.deals.OfContact(ctx, postgres.ContactID(u.contact()))
	case share < 0.87: // a dashboard
		_, err = repos.contacts.GetMany(ctx, u.dashboard())
	case share < 0.92:
		_, err = repos.deals.Pipeline(ctx, postgres.OwnerID(u.rand.IntN(u.size.Owners)))
	case share < 0.97:
		_, err = repos.products.Get(ctx, postgres.ProductID(u.product()))
	default:
		_, err = repos.products.InCategory(ctx, postgres.Category(u.rand.IntN(u.size.Categories)), 1)
	}
	return err
}

// write changes what is popular more often, too.
func (u *user) write(ctx context.Context, repos repositories) error {
	switch share := u.rand.Float64(); {
	case share < 0.7: // a form is opened and saved
		c, err := repos.contacts.Get(ctx, postgres.ContactID(u.contact()))
		if err != nil {
			return err
		}
		c.Score = u.rand.IntN(100)
		return repos.contacts.Update(ctx, c)
	case share < 0.9:
		_, err := repos.deals.Move(ctx, postgres.DealID(u.deal()), []crm.Stage{crm.Lead, crm.Offer, crm.Won, crm.Lost}[u.rand.IntN(4)])
		return err
	default:
		return repos.products.SetPrice(ctx, postgres.ProductID(u.product()), crm.Cents(100+u.rand.IntN(100_000)))
	}
}

// newCache is a cache as the CRM has it: the database and the cache agree on the tenant. It waits
// longer for Redis than by default, because the servers and all processes share one machine here,
// and a read that has gone past the cache is not what is measured.
func newCache(o runtime.Options) (*runtime.Cache, error) {
	o.App = "crm"
	o.Tenant = crm.Tenant
	o.RedisTimeout = 10 * time.Second
	o.NotFound = []error{crm.ErrNotFound}
	return runtime.New(o)
}

// closeCache adds what Close says to an error.
func closeCache(cache *runtime.Cache, err *error) {
	*err = errors.Join(*err, cache.Close(context.Background()))
}
