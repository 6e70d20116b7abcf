package crm

import "context"

// What takes the whole program to know is not reported: nothing here invalidates the read, and nothing reads what is invalidated.
type Elsewhere interface {
	//cache:ttl=600 prefix=deal
	Deal(ctx context.Context, id string) (string, error)

	//cache:invalidate=invoice:{id}
	Drop(ctx context.Context, id string) error
}
