package runtime_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

func TestMethodParts(t *testing.T) {
	for _, c := range []struct{ method, pkg, typ, name, short string }{
		{"example.com/crm/store.ContactRepository.Get", "example.com/crm/store", "ContactRepository", "Get", "ContactRepository.Get"},
		{"gopkg.in/store.v3.Repo.Get", "gopkg.in/store.v3", "Repo", "Get", "Repo.Get"},
		{"main.Repo.Get", "main", "Repo", "Get", "Repo.Get"},
		{"example.com/main.Repo.Get", "example.com/main", "Repo", "Get", "Repo.Get"},
		{"Cache.Invalidate", "", "Cache", "Invalidate", "Cache.Invalidate"},
		{"Get", "", "Get", "Get", "Get"},
		{"", "", "", "", ""},
	} {
		m := runtime.Method(c.method)
		require.Equal(t, c.pkg, m.Package(), c.method)
		require.Equal(t, c.typ, m.Type(), c.method)
		require.Equal(t, c.name, m.Name(), c.method)
		require.Equal(t, c.short, m.Short(), c.method)
	}
}

func TestMethodMatches(t *testing.T) {
	const method = runtime.Method("example.com/crm/store.ContactRepository.GetMany")
	for _, pattern := range []string{
		"*", "GetMany", "ContactRepository.GetMany", "store.ContactRepository.GetMany", "crm/store.ContactRepository.GetMany",
		"com/crm/store.ContactRepository.GetMany", string(method),
		"ContactRepository.*", "*.GetMany", "ContactRepository.Get*", "*Repository.*", "store.*", "crm/*", "Contact*Many", "*.Get*Many", "**",
	} {
		require.True(t, method.Matches(pattern), pattern)
	}
	for _, pattern := range []string{
		"", "Get", "Many", "Repository.GetMany", "tore.ContactRepository.GetMany", "ContactRepository.GetMany.", "ContactRepository.",
		"ContactRepository", "store", "ContactRepository.Put*", "*.Get", "*Many*Get*", "GetMany*Many", "other/*.ContactRepository.GetMany",
	} {
		require.False(t, method.Matches(pattern), pattern)
	}
}

// Two repositories of one name are two. A pattern without the package counts both.
func TestStatsOfOneName(t *testing.T) {
	c, err := runtime.New(runtime.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(t.Context())) })
	for _, pkg := range []string{"example.com/crm/contacts", "example.com/crm/deals"} {
		inv := runtime.NewWrite(c, runtime.WriteOptions{Method: runtime.Method(pkg) + ".Repository.Update"}).Begin(acme())
		inv.Scope(inv.Path("contact"))
		inv.End(new(error))
	}
	runtime.NewRead(c, runtime.ReadOptions{
		Result: resultOf[int](), Method: "example.com/crm/deals.Repository.Get", Prefix: "deal", Version: "1", TTL: time.Minute,
	})
	stats := c.Stats()
	require.Len(t, stats.Methods, 3)
	require.EqualValues(t, 1, stats.Methods["example.com/crm/deals.Repository.Update"].Invalidations)
	require.EqualValues(t, 1, stats.Method("deals.Repository.Update").Invalidations)
	require.EqualValues(t, 2, stats.Method("Repository.Update").Invalidations)
	require.EqualValues(t, 2, stats.Method("*").Invalidations)
	require.Zero(t, stats.Method("Repository.Get"))
	require.Zero(t, stats.Method("Repository.Updat"))
}
