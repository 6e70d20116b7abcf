package gormcache

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"github.com/cachegen/cachegen/runtime"
)

// entity is what writes of a table make stale.
type entity struct {
	name   string // for errors: gormcache.Contact
	model  any    // nil of a Table
	prefix string // of the read: contact
	by     []string
	also   []string
	scope  runtime.TenantScope

	table    string
	schema   *schema.Schema
	columns  []*schema.Field // that follow the prefix, in order; none: rows are not told apart
	patterns []pattern
}

// pattern is contact:list, with all under it or not.
type pattern struct {
	path string
	all  bool
}

// EntityOption refines an [Entity]: [By], [Also], [In].
type EntityOption func(*entity)

// Entity says that rows of a model are cached under a prefix, that of the read: writes of the row
// with the primary key 42 invalidate contact:42. The prefix "" is the name of the table. The same
// model may be given several times, for several prefixes.
//
// The values are written as generated code writes them in a key, so a read whose key is one string
// and a row whose primary key is a UUID meet.
func Entity(model any, prefix string, options ...EntityOption) Option {
	e := &entity{name: fmt.Sprintf("Entity(%T)", model), model: model, prefix: prefix}
	for _, o := range options {
		o(e)
	}
	return func(p *Plugin) { p.entities = append(p.entities, e) }
}

// Table says that any write of a table makes patterns stale: contact:42 one entry, contact:* all
// under contact. It is for tables without a model, such as those of many-to-many relations, and
// for what triggers and cascades change.
func Table(name string, patterns ...string) Option {
	e := &entity{name: fmt.Sprintf("Table(%q)", name), table: name, also: patterns}
	return func(p *Plugin) { p.entities = append(p.entities, e) }
}

// By names the fields or columns that follow the prefix, in their order, in place of the primary
// key. With By("ContactID"), writes of a Phone invalidate the contact that it belongs to. Updates
// and deletions that do not name these columns in their conditions invalidate all of the entity,
// because the row may have had other values before.
func By(fields ...string) EntityOption { return func(e *entity) { e.by = fields } }

// Also adds patterns that any write of the entity makes stale, whatever the row: contact:list:*.
func Also(patterns ...string) EntityOption {
	return func(e *entity) { e.also = append(e.also, patterns...) }
}

// In says whose entries are invalidated, in place of those of the tenant of the context:
// runtime.Global for reads with tenant=global, runtime.AllTenants where scripts write rows of other
// tenants than that of their context.
func In(scope runtime.TenantScope) EntityOption { return func(e *entity) { e.scope = scope } }

// resolve checks an entity and finds its table and its columns.
func (e *entity) resolve(db *gorm.DB) error {
	var errs []error
	if e.model != nil {
		stmt := &gorm.Statement{DB: db}
		if err := stmt.Parse(e.model); err != nil {
			return err
		}
		e.schema, e.table = stmt.Schema, stmt.Table
		if e.prefix == "" {
			e.prefix = e.table
		}
		if err := checkPath(e.prefix); err != nil {
			errs = append(errs, fmt.Errorf("prefix %q: %w", e.prefix, err))
		}
		errs = append(errs, e.resolveColumns())
	} else {
		if e.table == "" {
			errs = append(errs, errors.New("the name of the table is empty"))
		}
		if len(e.also) == 0 {
			errs = append(errs, errors.New("no patterns; say what is stale, as in \"contact:*\""))
		}
	}
	for _, text := range e.also {
		path, all := strings.CutSuffix(text, ":*")
		if err := checkPath(path); err != nil {
			errs = append(errs, fmt.Errorf("pattern %q: %w", text, err))
		}
		e.patterns = append(e.patterns, pattern{path, all})
	}
	return errors.Join(errs...)
}

// resolveColumns finds the columns that follow the prefix: those of By, or the primary key if it is
// one column.
func (e *entity) resolveColumns() error {
	if len(e.by) == 0 {
		if len(e.schema.PrimaryFields) == 1 {
			e.columns = e.schema.PrimaryFields
			return checkType(e.columns[0])
		}
		return nil
	}
	var errs []error
	for _, name := range e.by {
		field := e.schema.LookUpField(name)
		if field == nil || field.DBName == "" {
			errs = append(errs, fmt.Errorf("By(%q): no such column; there are %s", name, strings.Join(e.schema.DBNames, ", ")))
			continue
		}
		e.columns = append(e.columns, field)
		errs = append(errs, checkType(field))
	}
	return errors.Join(errs...)
}

// checkPath checks literal segments.
func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("it is empty")
	case strings.HasPrefix(path, ":") || strings.HasSuffix(path, ":") || strings.Contains(path, "::"):
		return errors.New("a segment is empty")
	case strings.Contains(path, "*"):
		return errors.New(`"*" stands for all that follows and can only be the last segment of a pattern, as in "contact:*"`)
	case strings.ContainsAny(path, "{}"):
		return errors.New("placeholders belong to directives")
	}
	return nil
}

var (
	textType = reflect.TypeFor[encoding.TextMarshaler]()
	timeType = reflect.TypeFor[time.Time]()
)

// checkType refuses columns that cannot be a segment.
func checkType(field *schema.Field) error {
	t := field.IndirectFieldType
	kind := t.Kind()
	switch {
	case kind == reflect.String, reflect.Int <= kind && kind <= reflect.Uint64, t == reflect.TypeFor[bool](), t == timeType, t.Implements(textType):
		return nil
	}
	return fmt.Errorf("column %s is a %v, which is no segment of a key; name others with By", field.DBName, t)
}

// appendValue appends what generated code would for a value of this type. It reports whether it
// could.
func appendValue(k runtime.Key, v any) bool {
	kind := reflect.ValueOf(v).Kind()
	switch v := v.(type) {
	case bool, time.Time:
		runtime.KeyOf(k, v)
	case encoding.TextMarshaler:
		if kind == reflect.String || reflect.Int <= kind && kind <= reflect.Uint64 {
			runtime.KeyOf[any](k, v)
		} else {
			k.Text(v)
		}
	default:
		if kind != reflect.String && (kind < reflect.Int || kind > reflect.Uint64) {
			return false
		}
		runtime.KeyOf(k, v)
	}
	return true
}

// onPrimaryKey reports that rows are told apart by the primary key, and by nothing else.
func (e *entity) onPrimaryKey() bool {
	return len(e.columns) > 0 && !slices.ContainsFunc(e.columns, func(f *schema.Field) bool { return !f.PrimaryKey })
}
