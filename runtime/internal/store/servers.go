package store

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"
)

// served is what one server answered about the keys whose positions are in list.
type served[T any] struct {
	at    *Breaker // of the server
	list  []int
	reply T
	err   error
}

// What one round trip carries at most. Of more, a server that is well could not be told from one
// that is not, and others would wait behind it.
const (
	pieceLen   = 1000    // keys
	PieceBytes = 1 << 20 // of values that are stored
)

// perServer sends the commands about each key to the server that has it, side by side, so that it
// is known which of these does not answer, and waits for all. Each is asked in pieces, one after
// the other. The server of the first key is asked on this goroutine.
func perServer[T any](ctx context.Context, s *Store, b *Budget, keys []string, trip func(ctx context.Context, list []int) (T, error)) []served[T] {
	parts := groupByServer[T](s, keys)
	if len(parts) == 1 {
		if len(keys) > pieceLen {
			return parts[0].askInPieces(ctx, s, b, trip)
		}
		parts[0].ask(ctx, s, b, trip)
		return parts
	}
	budgets, join := b.split(len(parts))
	pieces := make([][]served[T], len(parts))
	ended := make(chan struct{}, len(parts))
	for n := 1; n < len(parts); n++ {
		s.workers.Go(func() {
			pieces[n] = parts[n].askInPieces(ctx, s, budgets[n], trip)
			ended <- struct{}{}
		})
	}
	pieces[0] = parts[0].askInPieces(ctx, s, budgets[0], trip)
	for range parts[1:] {
		<-ended
	}
	join()
	return slices.Concat(pieces...)
}

// askInPieces asks one server. A piece that it answers shows that it is well, and renews the
// budget; after one that it does not, no other is sent.
func (p *served[T]) askInPieces(ctx context.Context, s *Store, b *Budget, trip func(ctx context.Context, list []int) (T, error)) []served[T] {
	var pieces []served[T]
	for list := range slices.Chunk(p.list, pieceLen) {
		piece := served[T]{at: p.at, list: list, err: p.err}
		if piece.err == nil {
			piece.ask(ctx, s, b, trip)
		}
		if p.err = piece.err; p.err == nil {
			b.Renew()
		}
		pieces = append(pieces, piece)
	}
	return pieces
}

func (p *served[T]) ask(ctx context.Context, s *Store, b *Budget, trip func(ctx context.Context, list []int) (T, error)) {
	p.reply, p.err = roundTrip(ctx, s, p.at, b, func(ctx context.Context) (T, error) { return trip(ctx, p.list) })
}

// groupByServer says which servers have the keys, and which of the keys each.
func groupByServer[T any](s *Store, keys []string) (parts []served[T]) {
	if s.nodes == nil {
		return []served[T]{{at: &s.breaker, list: positions(len(keys))}}
	}
	for i, key := range keys {
		server := s.server(key)
		n := slices.IndexFunc(parts, func(p served[T]) bool { return p.at == server })
		if n < 0 {
			n = len(parts)
			parts = append(parts, served[T]{at: server, list: make([]int, 0, len(keys))})
		}
		parts[n].list = append(parts[n].list, i)
	}
	return parts
}

// firstPositions are what positions returns of short lists.
var firstPositions = func() (list [256]int) {
	for i := range list {
		list[i] = i
	}
	return list
}()

// positions lists the numbers below n. The list is not to be changed.
func positions(n int) []int {
	if n <= len(firstPositions) {
		return firstPositions[:n:n]
	}
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// runEach runs a script on each of the keys, with arguments of its own, and returns the replies in
// the order of the keys.
func (s *Store) runEach(ctx context.Context, b *Budget, script *redis.Script, keys []string, args func(i int) []any) ([]*redis.Cmd, []error) {
	cmds, errs := make([]*redis.Cmd, len(keys)), make([]error, len(keys))
	for _, r := range perServer(ctx, s, b, keys, func(ctx context.Context, list []int) ([]*redis.Cmd, error) {
		return s.runPipelined(ctx, script, keys, list, args)
	}) {
		for n, i := range r.list {
			errs[i] = r.err
			if r.err == nil {
				cmds[i], errs[i] = r.reply[n], ofScript(r.reply[n].Err(), script)
				s.heed(errs[i])
			}
		}
	}
	return cmds, errs
}

// runPipelined runs a script on the keys whose positions are in list. A server that does not know
// the script is sent its text.
func (s *Store) runPipelined(ctx context.Context, script *redis.Script, keys []string, list []int, args func(i int) []any) ([]*redis.Cmd, error) {
	reply := make([]*redis.Cmd, len(list))
	pipe := s.client.Pipeline()
	for n, i := range list {
		reply[n] = script.EvalSha(ctx, pipe, keys[i:i+1], args(i)...)
	}
	_, _ = pipe.Exec(ctx) // each command holds its own error
	again := s.client.Pipeline()
	for n, i := range list {
		if redis.HasErrorPrefix(reply[n].Err(), "NOSCRIPT") {
			reply[n] = script.Eval(ctx, again, keys[i:i+1], args(i)...)
		}
	}
	if again.Len() > 0 {
		_, _ = again.Exec(ctx)
	}
	for _, cmd := range reply {
		if !isReply(cmd.Err()) {
			return reply, cmd.Err()
		}
	}
	return reply, nil
}
