/*
Cachegen turns annotated repository interfaces into typed caching decorators.

Usage:

	cachegen [-json] [-strict] [packages]
	cachegen check [-json] [-strict] [packages]
	cachegen explain [-format f] [-pattern p] [packages]
	cachegen vet [-json] [-strict] [packages]
	cachegen version
	cachegen help [command]

Packages are named as for the go command; the default is the package in the current directory.

Without a command, cachegen writes one file <source>_cachegen.go beside each source file that holds
directives, and removes files it wrote for directives that are gone. A file that is already right,
or that differs from what is right in its layout alone, is not touched. A file by that name which
cachegen did not write is never overwritten. For a package with findings nothing is written; the
other packages named are generated all the same.

Check writes nothing. It reports what is wrong, and which files a run of cachegen would change. It
is for continuous integration. Vet reports what is wrong, whatever the state of the generated files.

Go vet can run cachegen as well, one package at a time:

	go vet -vettool=$(go tool -n cachegen) ./...

What that leaves out, and how golangci-lint and editors do it, is in the documentation of the
package github.com/cachegen/cachegen/cmd/cachegen/analyzer.

Explain shows what is cached and what makes it stale: for each read its keys, how long and for whom
they are kept, how the result is copied for each caller, and the writes that invalidate it; for each
write what it reaches. With -pattern it shows only what that would drop:

	cachegen explain -pattern 'contact:*' ./...

The format is text; mermaid or dot, sources of pictures; html, one page with the picture and tables,
which needs nothing else; or json, an object of the shape

	{"pattern": "contact:*", "repositories": [{"package", "name", "file", "line", "methods": [
		{"id", "name", "line", "kind": "read",
			"read": {"key", "shape", "result", "ttl", "notfound", "tenant", "local", "strong", "jitter", "nolock", "batch", "by", "chunk", "ttlonly",
				"clone", "cloneWhy", "tags", "drops", "invalidatedBy": [{"method", "pattern", "tag", "entries"}]}},
		{"id", "name", "line", "kind": "write",
			"write": {"invalidates": [{"pattern", "tenant", "reads": [{"method", "tag", "entries"}]}], "puts", "onsuccess", "fence", "settle"}},
		{"id", "name", "line", "kind": "delegated"}]}]}

in which methods refer to each other by id, puts is a list like invalidates, entries and drops are
"all", "some", "one" or "tagged", clone is "copied", "plain", "shared" or "encoded", a kind can also
be "refused", and members that would be empty may be absent. Members may be added; those that are
there stay.

# Directives

A directive is a line //cache: and its options, in the doc comment of a method, of an interface or
of a type of the package, or in that of the type, where it holds defaults for the methods that have
directives of their own:

	//go:generate go tool cachegen

	// ContactRepository stores a tenant's contacts.
	//cache:ttl=10m tenant=context
	type ContactRepository interface {
		// Get returns the contact, or ErrNotFound.
		//cache:prefix=contact notfound=30s
		Get(ctx context.Context, id string) (*Contact, error)

		//cache:invalidate=contact:{c.ID}
		Update(ctx context.Context, c *Contact) error
	}

A type that is no interface may have its methods in several files; the wrapper is in the output of
the file that declares the type, and has all its exported methods. A generic type has a generic
wrapper. An interface that has directives takes over those of the interfaces that it embeds: what
they say means what it means where it stands, constants and defaults included. For other packages
that takes their source, which is found by the position that the compiler has recorded for the type,
so not with -trimpath; a warning says where it is missing. Two embedded interfaces that do not
agree on a method are an error until the method is repeated.

A method for many items, with batch={ids}, answers from one entry for each item of that slice. It
returns a map from the items, or a slice whose elements are matched with by={result.ID}, by what they
say, or with by=position, which promises one for each item in their order. {ids} in its key= stands
for one of them. With the same prefix and the same types, it has its entries in common with the read
for one item.

The package github.com/cachegen/cachegen/annotations documents the language, the package
github.com/cachegen/cachegen/runtime what the generated code does at run time.

# Findings

What is wrong is printed to standard error, one line each, all of it, in order of position:

	contacts.go:14:10: unknown option "tll"; did you mean "ttl"?

With -json each finding is one JSON object per line on standard output, with the members file, line,
column, endColumn, severity, rule, message and fix; those that are empty are absent. Columns count
bytes from 1. The severity is error or warning. The fix, if there is one, is what to write from
column to endColumn. A file that check finds missing, out of date or left over is an object with the
rule output.

Every directive in a file belongs to a method or a type, or is reported; so are comments that look
like one, as in // cache:ttl=600. Files that other generators write cannot hold directives. Output
of a file that only some builds include is for the same builds; that of a test file, such as
fakes_test.go, is one of the same package, fakes_cachegen_test.go.

Types are needed of declarations only: function bodies are not looked at, so code that already calls
what is about to be generated does no harm, and neither does an earlier generated file, in whatever
state.

# The program as a whole

Once each package has been looked at alone, all packages that were named are looked at together:
which write reaches which read. So name them all, as in ./..., where a read and its writes lie in
different packages. What is certainly wrong is an error:

  - a pattern whose values have other types than the keys it aims at, or another tenant, or one
    value where the keys have the fields of a struct: it evicts what nobody reads;
  - a tag whose values have other types than the keys it follows;
  - a read with tenant=global although an argument that is not in its key, or its result, has a
    field named Tenant, TenantID, OrgID, AccountID or the like. The option crosstenant says that
    this is meant: a session behind a token may say whose it is.

What may be meant is a warning. It does not keep anything from being written and does not change the
exit status; with -strict it is an error like any other.

  - A read without a context and without tenant=: its tenant can only come from Options.Tenant. The
    option tenant=context says that this is meant. Several of one type get one warning, and
    tenant=context above the type is for all of them.
  - A number without a unit that is more likely one of milliseconds, as in ttl=600000. A unit says
    what is meant.
  - A read, or a write with put or onsuccess, that ends with an error of a type of its own, such as
    *AppError: to a wrapper that is a value like any other. A name that does not begin with err says
    that it is one.
  - A read that nothing invalidates. The option ttlonly says that its ttl is enough, or that
    cache.Invalidate is called by hand. A type of reads alone, none of which anything invalidates,
    gets one warning, and ttlonly above the type is for all of them.
  - A read by what an update can change, such as ByEmail, that this update does not reach. Tag it
    with what the update invalidates, as in tags=contact:{result.ID}, or invalidate everything under
    its prefix there: under which key the entry was stored before, the update does not know. For the
    same reason contact:email:{c.Email} in an update does not do. A method that has the old value as
    well can name both.
  - A write that leaves out a read of what it changes while others reach it.
  - A tag that nothing invalidates.
  - A pattern that reaches no read, or only where a string is spelled like a number, or only where
    a value is spelled like one of its literal segments, as order:list:* reaches the orders of a
    shop called "list".
  - A read that ignores a parameter which looks like a part of the question, and has no other value
    in its key.
  - A prefix of one or two letters: keys and statistics are read by people.
  - A method without a directive whose name begins as those of writes do (Create, Update, Delete,
    Save, Set, ...), beside cached reads of the same type. The option harmless says that nothing
    cached is concerned.
  - A method without a directive that hands out the repository itself, as WithTx(tx) Repo does,
    where the type has writes. The option tx wraps what it hands out.

Of more than six warnings of one kind about one type the first five are shown, and one line says how
many more there are.

Nothing is said of what a method with an error of its own may have been meant for.

# Exit status

	0  done, nothing to report but warnings
	1  findings; for check, also files that are out of date
	2  wrong usage, a package that does not load, a file that cannot be written
*/
package main
