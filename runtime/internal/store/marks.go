package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/chunk"
	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// mark is what the state says of a field: the stamp of its last invalidation, and whether a fence
// stands on it.
type mark struct {
	stamp  uint64
	fenced bool
}

// marks are what a shard's state says of the fields of some entries of one tenant.
type marks struct {
	seq, floor  uint64
	epoch       entry.Epoch
	tableExists bool
	stranger    bool // it is another server that says so, which has yet to be met
	fields      []string
	list        []mark       // of the fields
	where       [][]int      // which of them concern each entry; nil: there is one entry, and all do
	open        path.Growing // on what fences stand
	room        [8]mark      // for the list, where it is short
}

// init makes marks of fields of which nothing is known.
func (m *marks) init(tenant string, fields []string, where [][]int) {
	*m = marks{fields: fields, where: where, open: path.Growing{Set: path.Set{Tenant: tenant}}}
	if n := len(fields); n <= len(m.room) {
		m.list = m.room[:n]
	} else {
		m.list = make([]mark, n)
	}
}

// applyRecord takes what the record says: its counter, its floor, its epoch, and the marks of all
// tenants. One of the first two missing is no record.
func (m *marks) applyRecord(seq, floor, epoch any, every []any) {
	if m.seq, m.floor = number(seq), number(floor); m.seq == 0 {
		m.floor = 0
	}
	m.epoch = epochOf(epoch)
	m.apply(every)
}

// applyTable takes what the tenant's table says. Its first field, of the whole tenant, is there
// whenever the table is.
func (m *marks) applyTable(values []any) {
	m.tableExists = values[0] != nil
	m.apply(values)
}

func (m *marks) apply(values []any) {
	for n, v := range values {
		if v == nil {
			continue // as for most
		}
		at := &m.list[n]
		stamp, fenced := markOf(v)
		at.stamp = max(at.stamp, stamp)
		if fenced && !at.fenced {
			at.fenced = true
			m.open.AddField(m.fields[n])
		}
	}
}

func (m *marks) fenced() bool { return m.open.Len() > 0 }

// of returns the lowest stamp with which an entry is valid, and whether a fence stands on it.
func (m *marks) of(entry int) (minStamp uint64, fenced bool) {
	minStamp = m.floor
	if m.where == nil {
		for _, at := range m.list {
			minStamp, fenced = max(minStamp, at.stamp), fenced || at.fenced
		}
		return minStamp, fenced
	}
	for _, n := range m.where[entry] {
		minStamp, fenced = max(minStamp, m.list[n].stamp), fenced || m.list[n].fenced
	}
	return minStamp, fenced
}

// fieldsOf lists the fields that can make the targets stale, the whole tenant's first, and says
// where each target's are. Neighbours have most of their scopes in common.
func fieldsOf(targets []*path.Target) (fields []string, where [][]int) {
	if len(targets) == 1 {
		return targets[0].All(), nil
	}
	where = make([][]int, len(targets))
	fields = make([]string, 0, len(targets[0].Fields)+2*len(targets))
	var room chunk.Allocator[int]
	var before []string
	for i, target := range targets {
		own := target.All()
		where[i] = room.Take(len(own), len(targets)-i)
		for n, field := range own {
			if n < len(before) && before[n] == field {
				where[i][n] = where[i-1][n]
				continue
			}
			where[i][n] = len(fields)
			fields = append(fields, field)
		}
		before = own
	}
	return fields, where
}

// numbered lists what several lists hold, each once, and where the elements of each are.
func numbered(lists [][]string) (all []string, where [][]int) {
	where = make([][]int, len(lists))
	known := make(map[string]int)
	for i, list := range lists {
		where[i] = make([]int, len(list))
		for n, s := range list {
			at, ok := known[s]
			if !ok {
				at = len(all)
				known[s], all = at, append(all, s)
			}
			where[i][n] = at
		}
	}
	return all, where
}

// readMarks reads the fields of each entry from a tenant's table, "" the first of them, and the
// same of every tenant from the record.
func (s *Store) readMarks(ctx context.Context, b *Budget, target *path.Target, lists [][]string) (*marks, error) {
	fields, where := numbered(lists)
	keys, asked, last := s.state(target.Shard, target.Tenant), clock(), s.meetings[target.Shard].Load()
	every := make([]string, 0, len(fields)+4)
	every = append(every, "seq", "floor", "met", "epoch")
	for _, field := range fields {
		every = append(every, key.Every+field)
	}
	r, err := roundTrip(ctx, s, s.server(keys[0]), b, func(ctx context.Context) (stateReply, error) {
		pipe := s.client.Pipeline()
		r := stateReply{pipe.HMGet(ctx, keys[0], every...), pipe.HMGet(ctx, keys[1], fields...)}
		_, _ = pipe.Exec(ctx) // each command holds its own error
		return r, r.failed()
	})
	if err != nil {
		return nil, err
	}
	m, record := new(marks), s.says(r.record)
	m.init(target.Tenant, fields, where)
	m.applyRecord(record[0], record[1], record[3], record[4:])
	m.applyTable(s.says(r.table))
	m.tableExists = m.tableExists && m.floor != 0
	m.stranger = m.floor != 0 && !s.knows(target.Shard, record[2], asked, last)
	return m, nil
}

// stateReply is what a shard's record and a tenant's table say. The record is always asked first:
// see lookForFences.
type stateReply struct{ record, table *redis.SliceCmd }

func (r stateReply) asked() bool { return r.record != nil }

func (r stateReply) failed() error {
	if !r.asked() {
		return nil
	}
	for _, cmd := range [...]*redis.SliceCmd{r.record, r.table} {
		if err := cmd.Err(); err != nil && !isForeign(err) {
			return err
		}
	}
	return nil
}

// says returns what a record or table says. One that holds something else says nothing: a script
// that makes what is missing replaces it.
func (s *Store) says(cmd *redis.SliceCmd) []any {
	if cmd.Err() == nil {
		return cmd.Val()
	}
	s.warn(context.Background(), "cachegen: a key of the cache in Redis holds something else, and is replaced, which costs loads",
		"key", cmd.Args()[1], "error", cmd.Err())
	return make([]any, len(cmd.Args())-2)
}
