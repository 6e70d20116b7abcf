package visible

import (
	"go/types"
	"testing"
)

func TestImportable(t *testing.T) {
	for _, test := range []struct {
		from, path string
		want       bool
	}{
		{"example.com/crm", "example.com/other", true},
		{"example.com/crm", "example.com/crm/internal/db", true},
		{"example.com/crm/api", "example.com/crm/internal/db", true},
		{"example.com/crm_test", "example.com/crm/internal/db", true},
		{"example.com/crmx", "example.com/crm/internal/db", false},
		{"example.com/other", "example.com/crm/internal/db", false},
		{"example.com/other", "example.com/crm/internal", false},
		{"example.com/crm", "example.com/crm/internal/a/internal/b", false},
		{"example.com/crm/internal/a/c", "example.com/crm/internal/a/internal/b", true},
		{"example.com/crm", "example.com/internals/db", true},
		{"example.com/crm", "internal/abi", false},
	} {
		if got := Importable(types.NewPackage(test.from, "p"), test.path); got != test.want {
			t.Errorf("%s may import %s: %t, want %t", test.from, test.path, got, test.want)
		}
	}
}
