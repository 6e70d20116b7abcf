package peers

import (
	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/renamed"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/retyped"
)

// A Candidate is a peer as the tables name it.
type Candidate struct {
	Name string
	// Modules are the modules whose versions are told.
	Modules []string
	// Process and Redis say where entries live.
	Process, Redis bool
	// Floor says that it is there to measure others by, and not to be chosen.
	Floor bool
	// Hands is what a hit in the process hands out.
	Hands Hands

	Contacts Opener[*contact.Contact]
	Cards    Opener[contact.Card] // nil: nothing but Contacts
	// Renamed and Retyped open the next release of the program, on the same entries.
	Renamed Opener[*renamed.Contact] // nil: as Redis is
	Retyped Opener[*retyped.Contact] // nil: as Redis is
}

// Candidates returns all of them, cachegen first.
func Candidates() []Candidate {
	return []Candidate{
		{
			Name: "cachegen", Modules: []string{"github.com/cachegen/cachegen"},
			Process: true, Redis: true, Hands: Either,
			Contacts: openCachegenContacts, Cards: openCachegenCards,
			Renamed: func(s Setup, next contact.Repository[*renamed.Contact]) (Peer[*renamed.Contact], error) {
				return openGenerated(s, func(c *runtime.Cache) contact.Repository[*renamed.Contact] { return renamed.NewCachedContacts(next, c) })
			},
			Retyped: func(s Setup, next contact.Repository[*retyped.Contact]) (Peer[*retyped.Contact], error) {
				return openGenerated(s, func(c *runtime.Cache) contact.Repository[*retyped.Contact] { return retyped.NewCachedContacts(next, c) })
			},
		},
		{
			Name: "go-redis/cache", Modules: []string{"github.com/go-redis/cache/v9"},
			Process: true, Redis: true, Hands: Own,
			Contacts: openGoRedisCache[*contact.Contact], Cards: openGoRedisCache[contact.Card],
			Renamed: openGoRedisCache[*renamed.Contact], Retyped: openGoRedisCache[*retyped.Contact],
		},
		{
			Name: "go-redis client-side caching", Modules: []string{"github.com/redis/go-redis/v9"},
			Process: true, Redis: true, Hands: Own,
			Contacts: openGoRedisCSC[*contact.Contact], Cards: openGoRedisCSC[contact.Card],
			Renamed: openGoRedisCSC[*renamed.Contact], Retyped: openGoRedisCSC[*retyped.Contact],
		},
		{
			Name: "rueidis DoCache", Modules: []string{"github.com/redis/rueidis"},
			Process: true, Redis: true, Hands: Own,
			Contacts: openDoCache[*contact.Contact], Cards: openDoCache[contact.Card],
			Renamed: openDoCache[*renamed.Contact], Retyped: openDoCache[*retyped.Contact],
		},
		{
			Name: "rueidisaside", Modules: []string{"github.com/redis/rueidis/rueidisaside"},
			Process: true, Redis: true, Hands: Own,
			Contacts: openAside[*contact.Contact], Cards: openAside[contact.Card],
			Renamed: openAside[*renamed.Contact], Retyped: openAside[*retyped.Contact],
		},
		{
			Name: "sturdyc", Modules: []string{"github.com/viccon/sturdyc"},
			Process: true, Redis: true, Hands: Itself,
			Contacts: openSturdyc[*contact.Contact], Cards: openSturdyc[contact.Card],
			Renamed: openSturdyc[*renamed.Contact], Retyped: openSturdyc[*retyped.Contact],
		},
		{
			Name: "go-zero cache", Modules: []string{"github.com/zeromicro/go-zero"},
			Redis: true, Hands: Own,
			Contacts: openGoZero[*contact.Contact], Cards: openGoZero[contact.Card],
			Renamed: openGoZero[*renamed.Contact], Retyped: openGoZero[*retyped.Contact],
		},
		{
			Name: "composed by hand", Modules: []string{"github.com/maypok86/otter/v2", "github.com/redis/go-redis/v9", "golang.org/x/sync"},
			Process: true, Redis: true, Hands: Itself,
			Contacts: openComposed[*contact.Contact], Cards: openComposed[contact.Card],
			Renamed: openComposed[*renamed.Contact], Retyped: openComposed[*retyped.Contact],
		},
		{
			Name: "ristretto", Modules: []string{"github.com/dgraph-io/ristretto/v2"},
			Process: true, Hands: Itself,
			Contacts: openRistretto[*contact.Contact], Cards: openRistretto[contact.Card],
		},
		{
			Name: "theine", Modules: []string{"github.com/Yiling-J/theine-go"},
			Process: true, Hands: Itself,
			Contacts: openTheine[*contact.Contact], Cards: openTheine[contact.Card],
		},
		{
			Name: "otter", Modules: []string{"github.com/maypok86/otter/v2"},
			Process: true, Floor: true, Hands: Itself,
			Contacts: openOtter[*contact.Contact], Cards: openOtter[contact.Card],
		},
		{
			Name: "otter, copied by hand", Modules: []string{"github.com/maypok86/otter/v2"},
			Process: true, Floor: true, Hands: Own,
			Contacts: openOtterCopying,
		},
	}
}
