// Package invalidation says what writes make stale, and when.
package invalidation

import "context"

//go:generate go tool cachegen

// Account is a row.
type Account struct {
	ID     string
	Owner  string
	Amount int64
}

// AccountRepository stores accounts.
//
//cache:ttl=10m
type AccountRepository interface {
	//cache:prefix=account
	Get(ctx context.Context, id string) (*Account, error)

	//cache:prefix=account:list
	List(ctx context.Context, owner string, page int) ([]*Account, error)

	// Open makes one entry stale, by the id that the database gave, and the lists of one owner.
	//cache:invalidate=account:{result.ID},account:list:{owner}:*
	Open(ctx context.Context, owner string) (*Account, error)

	// Close makes the entry and all lists stale.
	//cache:invalidate=account:{id},account:list:*
	Close(ctx context.Context, id string) error

	// Import makes both reads stale, for all of their arguments.
	//cache:invalidate=account:*
	Import(ctx context.Context, accounts []*Account) error

	// SaveAll makes the entry of each account stale, and all lists.
	//cache:invalidate=account:{accounts.ID},account:list:*
	SaveAll(ctx context.Context, accounts []*Account) error

	// Rename has changed nothing when it fails.
	//cache:invalidate=account:{id},account:list:* onsuccess
	Rename(ctx context.Context, id, owner string) error

	// Transfer makes both entries stale before it begins, too. A process that dies between the
	// commit and the invalidation leaves nothing stale.
	//cache:invalidate=account:{from},account:{to},account:list:* fence
	Transfer(ctx context.Context, from, to string, amount int64) error

	// Adjust is followed by reads from a replica that lags behind by up to 2 s. What they load in
	// that time is not stored.
	//cache:invalidate=account:{id},account:list:* settle=2s
	Adjust(ctx context.Context, id string, amount int64) error

	// SetSeen looks like a write, and changes nothing that is cached.
	//cache:harmless
	SetSeen(ctx context.Context, id string) error
}
