package store

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

func target(p string) *path.Target {
	t := &path.Target{Key: "crm:acme:" + p + ":v1", Tenant: "acme", Scopes: []string{""}}
	for run := range path.Leading(p) {
		t.Scopes = append(t.Scopes, run)
	}
	t.Fields = append(t.Scopes, path.EntryField(p))
	return t
}

// The state of one entry: the highest of its floor and its fields' stamps is the lowest that is
// valid.
func TestMarksOfOneEntry(t *testing.T) {
	for _, c := range []struct {
		name         string
		floor        any
		every, table []any
		minStamp     uint64
		fenced       bool
	}{
		{name: "nothing but a floor", floor: "5", every: []any{nil, nil, nil}, table: []any{"5", nil, nil}, minStamp: 5},
		{name: "the tenant's table is newer", floor: "5", every: []any{nil, "6", nil}, table: []any{"5", "7", nil}, minStamp: 7},
		{name: "every tenant's is newer", floor: "5", every: []any{nil, "8", nil}, table: []any{"5", "7", nil}, minStamp: 8},
		{name: "a fence in the table", floor: "5", every: []any{nil, nil, nil}, table: []any{"5", nil, "9;90;w"}, minStamp: 9, fenced: true},
		{name: "a fence of every tenant", floor: "5", every: []any{"9;90;w", nil, nil}, table: []any{"5", nil, nil}, minStamp: 9, fenced: true},
		{name: "a stamp that is no number", floor: "5", every: []any{nil, nil, nil}, table: []any{"5", "x", nil}, minStamp: 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m marks
			m.init("acme", []string{"", "contact", "contact:42"}, nil)
			m.applyRecord("10", c.floor, "0000002a", c.every)
			m.applyTable(c.table)
			minStamp, fenced := m.of(0)
			require.Equal(t, c.minStamp, minStamp)
			require.Equal(t, c.fenced, fenced)
			require.Equal(t, c.fenced, m.fenced())
			require.True(t, m.tableExists)
		})
	}
}

// A table has its first field for as long as it exists.
func TestMarksOfAMissingTable(t *testing.T) {
	var m marks
	m.init("acme", []string{"", "contact"}, nil)
	m.applyTable([]any{nil, nil})
	require.False(t, m.tableExists)
}

// A record without its counter is lost, whatever floor it shows.
func TestMarksOfALostRecord(t *testing.T) {
	for _, seq := range []any{nil, "", "x"} {
		var m marks
		m.init("acme", []string{""}, nil)
		m.applyRecord(seq, "5", "0000002a", []any{nil})
		require.Zero(t, m.seq)
		require.Zero(t, m.floor)
	}
}

// A fence is reported once, as what it covers, be it in the record, in the table or in both.
func TestMarksListOpenFences(t *testing.T) {
	var m marks
	m.init("acme", []string{"", "contact", path.EntryField("contact:42")}, nil)
	m.applyRecord("10", "5", "0000002a", []any{nil, "6;90;w", nil})
	m.applyTable([]any{"5", "7;91;w", "8;92;w"})
	require.Equal(t, path.Set{Tenant: "acme", Scopes: []string{"contact"}, Entries: []string{"contact:42"}}, m.open.Set)
}

// More fields than there is room for in the struct are kept as well.
func TestMarksOfManyFields(t *testing.T) {
	var m marks
	n := len(m.room) + 1
	fields, values := make([]string, n), make([]any, n)
	for i := range fields {
		fields[i], values[i] = "f"+strconv.Itoa(i), strconv.Itoa(100+i)
	}
	m.init("acme", fields, nil)
	m.applyTable(values)
	minStamp, _ := m.of(0)
	require.EqualValues(t, 100+n-1, minStamp)
}

// An entry of several is stale with its own fields alone.
func TestMarksOfSeveralEntries(t *testing.T) {
	targets := []*path.Target{target("contact:1"), target("contact:2"), target("deal:1")}
	fields, where := fieldsOf(targets)
	values := make([]any, len(fields))
	values[0] = "1"
	for n, field := range fields {
		switch field {
		case "contact:2":
			values[n] = "20"
		case path.EntryField("deal:1"):
			values[n] = "30;90;w"
		}
	}
	var m marks
	m.init("acme", fields, where)
	m.applyTable(values)
	for i, want := range []struct {
		minStamp uint64
		fenced   bool
	}{{1, false}, {20, false}, {30, true}} {
		minStamp, fenced := m.of(i)
		require.Equal(t, want.minStamp, minStamp, targets[i].Key)
		require.Equal(t, want.fenced, fenced, targets[i].Key)
	}
}

// Each target finds its own fields in the common list, which holds what neighbours share once.
func TestFieldsOfTargets(t *testing.T) {
	targets := []*path.Target{target("contact:list:1"), target("contact:list:2"), target("contact:list:2")}
	targets[1].Tags = []string{"deal"}
	fields, where := fieldsOf(targets)
	require.Equal(t, "", fields[0], "the whole tenant's is not the first")
	for i, at := range targets {
		var own []string
		for _, n := range where[i] {
			own = append(own, fields[n])
		}
		require.Equal(t, at.All(), own)
	}
	require.Len(t, fields, 5+2+1)

	fields, where = fieldsOf(targets[:1])
	require.Equal(t, targets[0].All(), fields)
	require.Nil(t, where)
}

func TestNumberedListsEachOnce(t *testing.T) {
	all, where := numbered([][]string{{"", "a", "b"}, nil, {"", "b", "c", "c"}})
	require.Equal(t, []string{"", "a", "b", "c"}, all)
	require.Equal(t, [][]int{{0, 1, 2}, {}, {0, 2, 3, 3}}, where)
}

func TestMarkOf(t *testing.T) {
	for _, c := range []struct {
		field  any
		stamp  uint64
		fenced bool
	}{
		{nil, 0, false},
		{int64(7), 0, false},
		{"7", 7, false},
		{"7;90;w", 7, true},
		{"-7", 0, false},
		{";", 0, true},
		{"18446744073709551616", 0, false},
	} {
		stamp, fenced := markOf(c.field)
		require.Equal(t, c.stamp, stamp, "%v", c.field)
		require.Equal(t, c.fenced, fenced, "%v", c.field)
	}
}
