package runtime

import (
	"fmt"
	"reflect"
)

// described is what the entries of a read depend on, beside their keys.
type described struct {
	prefix, version string
	result          reflect.Type
}

// describe notes a read of the cache, and returns its counters. Reads of one prefix and version
// have their entries in common, as a batch and a single read are meant to. If their results are of
// different types, one would read what the other has written, so that is a panic. The generator
// sees one package at a time, and a program may have wrappers that were written by hand.
//
// The wrapper of a transaction is made again and again, with the same reads.
func (c *Cache) describe(o *ReadOptions) *counters {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts, d := c.countersOf(o.Method), described{o.Prefix, o.Version, o.Result.typ}
	if counts.described == d {
		return counts
	}
	id := [2]string{o.Prefix, o.Version}
	if other, known := c.reads[id]; !known {
		c.reads[id] = readOf{o.Method, d.result}
	} else if !alike(other.result, d.result) {
		panic(fmt.Sprintf("cachegen: %s returns a %v and %s a %v, and both have prefix %q and version %s, so each would read the entries of the other; "+
			"give one of them another prefix, and generate", other.method, other.result, o.Method, d.result, o.Prefix, o.Version))
	}
	counts.described = d
	return counts
}

// readOf is the first read of a prefix and version.
type readOf struct {
	method Method
	result reflect.Type
}

// alike reports that entries of one type are those of the other: it is the same, or one of two
// structs that the generator has made for several results.
func alike(a, b reflect.Type) bool {
	return a == b || a.Kind() == reflect.Struct && b.Kind() == reflect.Struct && a.ConvertibleTo(b)
}
