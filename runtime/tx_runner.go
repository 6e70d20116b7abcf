package runtime

import "context"

// TxRunner is for generated code: a method that runs a function inside a transaction, and returns
// when that has ended. It is safe for concurrent use.
type TxRunner struct {
	c  *Cache
	tx *Tx // of the repository that has the method, if that works inside one
}

// NewTxRunner makes the TxRunner of a method: ContactRepository.InTx.
func NewTxRunner(c *Cache, method Method) *TxRunner {
	c.refuseNone(method)
	return &TxRunner{c: c}
}

// Run is [Cache.Transact]. In a repository that works inside a transaction, run takes part in that.
func (r *TxRunner) Run(ctx context.Context, run func(context.Context) error) error {
	if !txOf(ctx).running() && r.tx.running() {
		ctx = withTx(ctx, r.tx)
	}
	return r.c.Transact(ctx, run)
}

// InTx returns the TxRunner of the same method of a repository inside a transaction: that of ctx,
// or else the one that r takes part in.
func (r *TxRunner) InTx(ctx context.Context) *TxRunner {
	in := *r
	if tx := txOf(ctx); tx.running() {
		in.tx = tx
	}
	return &in
}
