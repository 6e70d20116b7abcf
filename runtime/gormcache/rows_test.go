package gormcache_test

import (
	"slices"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/gormcache"
)

func ptr[T any](v T) *T { return &v }

// Each statement invalidates the rows that it names, and all of the entity if it names none.
func TestRows(t *testing.T) {
	db := openGORM(t, openSQL(t, postgresConfig(t)), nil).WithContext(runtime.WithTenant(t.Context(), "acme"))
	seen := new(recorder)
	must(t, db.Use(gormcache.New(newCache(t, runtime.Options{Observe: seen.observe}),
		gormcache.Entity(&Contact{}, "contact"),
		gormcache.Entity(&Phone{}, "contact", gormcache.By("ContactID"), gormcache.Also("phonebook:*")),
		gormcache.Entity(&Member{}, "member"),
		gormcache.Entity(&Member{}, "team:member", gormcache.By("Team", "person")),
		gormcache.Entity(&Note{}, ""),
		gormcache.Entity(&Device{}, "device", gormcache.In(runtime.TenantOf("acme"))),
		gormcache.Table("contact_tags", "contact:*", "tags"),
	)))

	contact := &Contact{ID: 7, Name: "Ada"}
	chosen := &Contact{Name: "chosen by the database"}
	tagged := &Contact{ID: 9, Name: "tagged"}
	whole := []string{"contact:*"}
	cases := []struct {
		name  string
		write func(*gorm.DB) error
		want  []string
	}{
		{"create", func(db *gorm.DB) error { return db.Create(contact).Error }, []string{"contact:7"}},
		{"create with a key of the database", func(db *gorm.DB) error { return db.Create(chosen).Error }, []string{"contact:1"}},
		{"create a batch", func(db *gorm.DB) error {
			return db.Create([]*Contact{{ID: 20, Name: "a"}, {ID: 21, Name: "b"}}).Error
		}, []string{"contact:20", "contact:21"}},
		{"create in batches", func(db *gorm.DB) error {
			return db.CreateInBatches([]Contact{{ID: 22}, {ID: 23}, {ID: 24}}, 2).Error
		}, []string{"contact:22", "contact:23", "contact:24"}},
		{"create of a map", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Create(map[string]any{"ID": 25, "name": "map"}).Error
		}, []string{"contact:25"}},
		{"create of a map without a key", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Create(map[string]any{"name": "map"}).Error // PostgreSQL returns it
		}, []string{"contact:2"}},
		{"create of a map without a key that comes back", func(db *gorm.DB) error {
			return db.Table("contacts").Create(map[string]any{"name": "map"}).Error
		}, whole},
		{"save", func(db *gorm.DB) error { contact.Name = "Ada King"; return db.Save(contact).Error }, []string{"contact:7"}},
		{"save what is not there", func(db *gorm.DB) error { return db.Save(&Contact{ID: 8}).Error }, []string{"contact:8", "contact:8"}},
		{"save a slice", func(db *gorm.DB) error { return db.Save([]Contact{{ID: 7, Name: "x"}, {ID: 8}}).Error }, []string{"contact:7", "contact:8"}},
		{"upsert on another column", func(db *gorm.DB) error {
			return db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "email"}}, UpdateAll: true}).
				Create(&Contact{ID: 30, Email: ptr("a@b")}).Error
		}, whole},
		{"insert or nothing", func(db *gorm.DB) error {
			return db.Clauses(clause.OnConflict{DoNothing: true}).Create(&Contact{ID: 7}).Error
		}, []string{"contact:7"}},
		{"update a model", func(db *gorm.DB) error { return db.Model(contact).Update("name", "Ada Lovelace").Error }, []string{"contact:7"}},
		{"update models", func(db *gorm.DB) error {
			return db.Model([]Contact{{ID: 7}, {ID: 8}}).Update("name", "both").Error
		}, []string{"contact:7", "contact:8"}},
		{"update columns without hooks", func(db *gorm.DB) error {
			return db.Model(contact).UpdateColumns(map[string]any{"name": "y"}).Error
		}, []string{"contact:7"}},
		{"update by struct", func(db *gorm.DB) error { return db.Updates(&Contact{ID: 7, Name: "z"}).Error }, []string{"contact:7"}},
		{"update where", func(db *gorm.DB) error { return db.Model(&Contact{}).Where("name = ?", "z").Update("name", "w").Error }, whole},
		{"update where id", func(db *gorm.DB) error { return db.Model(&Contact{}).Where("id = ?", 7).Update("name", "w").Error }, []string{"contact:7"}},
		{"update where id and more", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where("name <> ?", "q").Where("contacts.id IN ?", []int{7, 8}).Where("email IS NULL").Update("name", "w").Error
		}, []string{"contact:7", "contact:8"}},
		{"update where id as text", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where(`"id" = ?`, "7").Update("name", "w").Error
		}, []string{"contact:7"}},
		{"update where id as odd text", func(db *gorm.DB) error {
			return db.Session(&gorm.Session{PrepareStmt: false}).Model(&Contact{}).Where("id = CAST(? AS text)::int", "07").Update("name", "w").Error
		}, whole},
		{"update where id or", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where("id = ?", 7).Or("name = ?", "b").Update("name", "w").Error
		}, whole},
		{"update a model or", func(db *gorm.DB) error {
			return db.Model(contact).Where("name = 'x' or name = 'y'").Update("name", "w").Error
		}, whole},
		{"update by a struct of conditions", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where(&Contact{ID: 8}).Update("name", "w").Error
		}, []string{"contact:8"}},
		{"update by a map of conditions", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where(map[string]any{"id": []uint{7, 8}}).Update("name", "w").Error
		}, []string{"contact:7", "contact:8"}},
		{"update by a subquery", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where("id IN (?)", db.Session(&gorm.Session{NewDB: true}).Model(&Contact{}).Select("id")).Update("name", "w").Error
		}, whole},
		{"update all", func(db *gorm.DB) error {
			return db.Session(&gorm.Session{AllowGlobalUpdate: true}).Model(&Contact{}).Update("name", "w").Error
		}, whole},
		{"update by table", func(db *gorm.DB) error {
			return db.Table("contacts").Where("id = ?", 8).Updates(map[string]any{"name": "w"}).Error
		}, []string{"contact:8"}},
		{"update by table with an alias", func(db *gorm.DB) error {
			return db.Table("contacts AS c").Where("c.id = ?", 8).Updates(map[string]any{"name": "w"}).Error
		}, []string{"contact:8"}},
		{"update the key", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where("id = ?", 24).Update("id", 26).Error
		}, []string{"contact:24", "contact:26"}},
		{"update the key by an expression", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where("id = ?", 26).Update("id", gorm.Expr("id + 1")).Error
		}, whole},
		{"update with the key in the struct", func(db *gorm.DB) error {
			return db.Model(&Contact{}).Where("id = ?", 8).Updates(Contact{ID: 8, Name: "w"}).Error
		}, []string{"contact:8"}},
		{"delete", func(db *gorm.DB) error { return db.Delete(&Contact{ID: 20}).Error }, []string{"contact:20"}},
		{"delete by key", func(db *gorm.DB) error { return db.Delete(&Contact{}, 21).Error }, []string{"contact:21"}},
		{"delete by keys", func(db *gorm.DB) error { return db.Delete(&Contact{}, []int{22, 23}).Error }, []string{"contact:22", "contact:23"}},
		{"delete by key as text", func(db *gorm.DB) error { return db.Delete(&Contact{}, "25").Error }, []string{"contact:25"}},
		{"delete a slice", func(db *gorm.DB) error { return db.Delete([]Contact{{ID: 22}, {ID: 23}}).Error }, []string{"contact:22", "contact:23"}},
		{"delete where", func(db *gorm.DB) error { return db.Where("name = ?", "nobody").Delete(&Contact{}).Error }, whole},
		{"generics", func(db *gorm.DB) error {
			_, err := gorm.G[Contact](db).Where("id = ?", 8).Update(db.Statement.Context, "name", "v")
			return err
		}, []string{"contact:8"}},
		{"first or create", func(db *gorm.DB) error {
			return db.Where(Contact{ID: 31}).FirstOrCreate(&Contact{}).Error
		}, []string{"contact:31"}},

		{"create with associations", func(db *gorm.DB) error {
			tagged.Phones = []Phone{{ID: 1, Number: "1"}, {ID: 2, Number: "2"}}
			tagged.Tags = []Tag{{ID: "vip"}}
			return db.Create(tagged).Error
		}, []string{"contact:*", "contact:9", "phonebook:*", "tags"}},
		{"append a phone", func(db *gorm.DB) error {
			return db.Model(&Contact{ID: 9}).Association("Phones").Append(&Phone{ID: 3, Number: "3"})
		}, []string{"contact:*", "phonebook:*"}}, // it may have been another's
		{"a phone moves", func(db *gorm.DB) error { return db.Model(&Phone{ID: 3}).Update("contact_id", 7).Error }, []string{"contact:*", "phonebook:*"}},
		{"a phone of nobody", func(db *gorm.DB) error { return db.Create(&Phone{ID: 4}).Error }, []string{"phonebook:*"}},
		{"phones of a contact", func(db *gorm.DB) error {
			return db.Where("contact_id = ?", 9).Delete(&Phone{}).Error
		}, []string{"contact:9", "phonebook:*"}},
		{"clear the tags", func(db *gorm.DB) error { return db.Model(&Contact{ID: 9}).Association("Tags").Clear() }, []string{"contact:*", "tags"}},
		{"a table without an entity", func(db *gorm.DB) error { return db.Create(&Tag{ID: "new"}).Error }, nil},

		{"composite", func(db *gorm.DB) error { return db.Create(&Member{"red", 1, "lead"}).Error }, []string{"member:*", "team:member:red:1"}},
		{"composite save", func(db *gorm.DB) error { return db.Save(&Member{"red", 1, "x"}).Error }, []string{"member:*", "team:member:red:1"}},
		{"composite update", func(db *gorm.DB) error {
			return db.Model(&Member{}).Where("team = ? ", "red").Where("person IN ?", []int{1, 2}).Update("role", "y").Error
		}, []string{"member:*", "team:member:red:1", "team:member:red:2"}},
		{"composite update of a part", func(db *gorm.DB) error {
			return db.Model(&Member{}).Where("team = ?", "red").Update("role", "y").Error
		}, []string{"member:*", "team:member:*"}},
		{"composite delete", func(db *gorm.DB) error { return db.Delete([]Member{{"red", 1, ""}, {"red", 2, ""}}).Error },
			[]string{"member:*", "team:member:red:1", "team:member:red:2"}},

		{"a text key", func(db *gorm.DB) error { return db.Create(&Note{ID: "a:b"}).Error }, []string{"notes:a%3Ab"}},
		{"soft delete", func(db *gorm.DB) error { return db.Delete(&Note{ID: "a:b"}).Error }, []string{"notes:a%3Ab"}},
		{"soft delete by key", func(db *gorm.DB) error { return db.Delete(&Note{}, "id = ?", "a:b").Error }, []string{"notes:a%3Ab"}},
		{"hard delete", func(db *gorm.DB) error { return db.Unscoped().Delete(&Note{ID: "a:b"}).Error }, []string{"notes:a%3Ab"}},
		{"a key that marshals itself", func(db *gorm.DB) error { return db.Create(&Device{ID: serial(42)}).Error }, []string{"device:S-0000002a"}},
		{"the same in a condition", func(db *gorm.DB) error {
			return db.Model(&Device{}).Where("id = ?", "S-0000002a").Update("name", "x").Error
		}, []string{"device:S-0000002a"}},
		{"the same as a value", func(db *gorm.DB) error { return db.Delete(&Device{}, "id = ?", serial(42)).Error }, []string{"device:S-0000002a"}},

		{"raw", func(db *gorm.DB) error { return db.Exec("UPDATE contacts SET name = ? WHERE id = ?", "raw", 7).Error }, whole},
		{"raw and quoted", func(db *gorm.DB) error { return db.Exec(`/* why */ delete from "contacts" WHERE id = 1`).Error }, whole},
		{"raw with rows", func(db *gorm.DB) error {
			var ids []uint
			return db.Raw("UPDATE contacts SET name = ? WHERE id = 7 RETURNING id", "raw").Scan(&ids).Error
		}, whole},
		{"raw read", func(db *gorm.DB) error {
			var ids []uint
			return db.Raw("SELECT id FROM contacts WHERE id = 7 FOR UPDATE").Scan(&ids).Error
		}, nil},
		{"raw of another table", func(db *gorm.DB) error { return db.Exec("UPDATE tags SET name = 'contacts_'").Error }, nil},
		{"read", func(db *gorm.DB) error { return db.First(new(Contact), 7).Error }, nil},
		{"dry run", func(db *gorm.DB) error {
			return db.Session(&gorm.Session{DryRun: true}).Save(&Contact{ID: 7}).Error
		}, nil},
	}
	for _, c := range cases {
		must(t, c.write(db))
		if got := seen.take(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q is invalidated, want %q", c.name, got, c.want)
		}
	}
}
