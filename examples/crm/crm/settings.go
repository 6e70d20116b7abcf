package crm

import (
	"context"
	"time"
)

// Setting is a named value that holds for the whole installation.
type Setting struct {
	Name    string
	Value   string
	Updated time.Time
}

// SettingRepository stores the settings, which all tenants share.
//
//cache:ttl=24h tenant=global
type SettingRepository interface {
	// Get returns the setting, or ErrNotFound.
	//cache:prefix=setting
	Get(ctx context.Context, name string) (Setting, error)

	// Set stores the value under the name.
	//cache:invalidate=setting:{name}
	Set(ctx context.Context, name, value string) error
}
