package sqlstore

import (
	"context"
	"database/sql"

	"github.com/cachegen/cachegen/examples/crm/crm"
)

// Settings is the setting repository of a database.
type Settings struct{ db *sql.DB }

var _ crm.SettingRepository = (*Settings)(nil)

// NewSettings returns the settings in db.
func NewSettings(db *sql.DB) *Settings { return &Settings{db} }

// Get implements [crm.SettingRepository].
func (s *Settings) Get(ctx context.Context, name string) (crm.Setting, error) {
	var v crm.Setting
	err := s.db.QueryRowContext(ctx, "SELECT name, value, updated FROM settings WHERE name = $1", name).Scan(&v.Name, &v.Value, &v.Updated)
	return v, found(err, "setting", name)
}

// Set implements [crm.SettingRepository].
func (s *Settings) Set(ctx context.Context, name, value string) error {
	_, err := s.db.ExecContext(ctx, `
		INSERT INTO settings (name, value, updated) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated = excluded.updated`, name, value, now())
	return err
}
