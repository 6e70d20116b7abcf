package runtime

// stamped is what fields of a shard's state say of several entries.
type stamped struct {
	seq    uint64
	floor  uint64
	fresh  bool // the record and the table are there
	fields []string
	marks  []mark
	where  [][]int // which of them concern each entry
	open   stale   // on what fences stand
}

type mark struct {
	stamp  uint64
	fenced bool
}

func newStamped(tenant string, floor uint64, fields []string, where [][]int) stamped {
	return stamped{floor: floor, fields: fields, marks: make([]mark, len(fields)), where: where, open: stale{tenant: tenant}}
}

// add adds what a table or a record says of the fields.
func (s *stamped) add(values []any) {
	for n, v := range values {
		if v == nil {
			continue // as for most
		}
		m := &s.marks[n]
		stamp, fenced := markOf(v)
		m.stamp = max(m.stamp, stamp)
		if fenced && !m.fenced {
			m.fenced = true
			s.open.addField(s.fields[n])
		}
	}
}

func (s *stamped) fenced() bool { return len(s.open.scopes)+len(s.open.entries) > 0 }

// of returns the newest stamp that concerns an entry, or the floor, and whether a fence does.
func (s *stamped) of(entry int) (least uint64, fenced bool) {
	least = s.floor
	for _, at := range s.where[entry] {
		least, fenced = max(least, s.marks[at].stamp), fenced || s.marks[at].fenced
	}
	return least, fenced
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
