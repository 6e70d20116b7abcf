package gormcache

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"

	"github.com/cachegen/cachegen/runtime/internal/orm"
)

// created returns the rows of an INSERT, of which GORM has read back what the database chose.
func (e *entity) created(stmt *gorm.Statement) rows {
	if len(e.columns) == 0 || e.overwrites(stmt) {
		return rows{all: true}
	}
	var r rows
	for _, row := range inserted(stmt) {
		values, known, none := make([]any, len(e.columns)), true, false
		for i, column := range e.columns {
			v, ok := valueIn(stmt, row, column)
			known = known && ok
			none = none || v == nil
			values[i] = v
		}
		switch {
		case !known:
			return rows{all: true}
		case !none: // NULL is the key of no entry
			r.list = append(r.list, values)
		}
	}
	return r
}

// inserted lists what an INSERT takes its rows of: structs, or maps.
func inserted(stmt *gorm.Statement) []reflect.Value {
	v := reflect.Indirect(reflect.ValueOf(stmt.Dest))
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return []reflect.Value{v}
	}
	list := make([]reflect.Value, v.Len())
	for i := range list {
		list[i] = reflect.Indirect(v.Index(i))
	}
	return list
}

// valueIn returns the value of a column in a row that was inserted; ok: it is known.
func valueIn(stmt *gorm.Statement, row reflect.Value, column *schema.Field) (value any, ok bool) {
	if row.Kind() == reflect.Map {
		for _, name := range []string{column.DBName, column.Name} {
			if m, isMap := row.Interface().(map[string]any); isMap && m[name] != nil {
				return typed(stmt, column, m[name])
			}
		}
		return nil, false
	}
	if row.Kind() != reflect.Struct || stmt.Schema == nil || row.Type() != stmt.Schema.ModelType {
		return nil, false
	}
	field := stmt.Schema.LookUpField(column.DBName)
	if field == nil {
		return nil, false
	}
	v, zero := field.ValueOf(stmt.Context, row)
	if zero && (field.PrimaryKey || field.HasDefaultValue) {
		return nil, false // the database has chosen one that was not read back
	}
	if at := reflect.ValueOf(v); at.Kind() == reflect.Pointer {
		if at.IsNil() {
			return nil, true
		}
		v = at.Elem().Interface()
	}
	return v, true
}

// overwrites reports that an INSERT may have changed other rows than those it names.
func (e *entity) overwrites(stmt *gorm.Statement) bool {
	if c, ok := stmt.Clauses["INSERT"].Expression.(clause.Insert); ok && orm.Mentions(c.Modifier, "replace") {
		return true
	}
	c, upsert := stmt.Clauses["ON CONFLICT"]
	if !upsert {
		return false
	}
	conflict, ok := c.Expression.(clause.OnConflict)
	if ok && conflict.DoNothing {
		return false
	}
	// MySQL takes a conflict on any unique index.
	if !ok || conflict.OnConstraint != "" || stmt.Name() == "mysql" || !e.onPrimaryKey() || stmt.Schema == nil {
		return true
	}
	names := make([]string, len(conflict.Columns))
	for i, column := range conflict.Columns {
		names[i] = column.Name
	}
	primary := slices.Clone(stmt.Schema.PrimaryFieldDBNames)
	slices.Sort(names)
	slices.Sort(primary)
	return !slices.Equal(names, primary)
}

// updated returns the rows of an UPDATE: those it has found, and those it has made of them.
func (e *entity) updated(stmt *gorm.Statement) rows {
	r := e.matched(stmt)
	if r.all {
		return r
	}
	for _, column := range e.columns {
		values, known := assigned(stmt, column)
		if len(values) == 0 && known {
			continue
		}
		if !known || len(e.columns) > 1 {
			return rows{all: true}
		}
		for _, v := range values {
			v, ok := typed(stmt, column, v)
			if !ok {
				return rows{all: true}
			}
			r.list = append(r.list, []any{v})
		}
	}
	return r
}

// assigned lists what an UPDATE may have set a column to; known: it has set it to nothing else.
func assigned(stmt *gorm.Statement, column *schema.Field) (values []any, known bool) {
	if c, ok := stmt.Clauses["SET"]; ok { // an explicit one; GORM has removed its own
		set, ok := c.Expression.(clause.Set)
		if !ok {
			return nil, false
		}
		for _, a := range set {
			if a.Column.Name == column.DBName {
				values = append(values, a.Value)
			}
		}
	}
	dest := reflect.Indirect(reflect.ValueOf(stmt.Dest))
	switch dest.Kind() {
	case reflect.Map:
		m, ok := dest.Interface().(map[string]any)
		if !ok {
			return nil, false
		}
		for _, name := range []string{column.DBName, column.Name} {
			if v, ok := m[name]; ok {
				values = append(values, v)
			}
		}
	case reflect.Struct:
		own := stmt.Dest == stmt.Model
		if own && column.PrimaryKey {
			break // it is a condition
		}
		of := &gorm.Statement{DB: stmt.DB}
		if of.Parse(stmt.Dest) != nil {
			return nil, false
		}
		if field := of.Schema.LookUpField(column.DBName); field != nil {
			if v, zero := field.ValueOf(stmt.Context, dest); !zero || len(stmt.Selects) > 0 {
				values = append(values, v)
			}
		}
	}
	return values, true
}

// matched returns the rows that satisfy the conditions of an UPDATE or a DELETE, or more.
func (e *entity) matched(stmt *gorm.Statement) rows {
	where, ok := stmt.Clauses["WHERE"].Expression.(clause.Where)
	if !ok || len(e.columns) == 0 {
		return rows{all: true}
	}
	m := matcher{e: e, stmt: stmt, found: make([][]any, len(e.columns))}
	if !m.all(where.Exprs) {
		return rows{all: true}
	}
	if m.together != nil {
		return rows{list: m.together}
	}
	// A row for each combination, of which one column may have many values.
	list := [][]any{nil}
	for _, values := range m.found {
		if len(values) == 0 || len(values) > 1 && len(list) > 1 {
			return rows{all: true}
		}
		var longer [][]any
		for _, row := range list {
			for _, v := range values {
				longer = append(longer, append(slices.Clip(row), v))
			}
		}
		list = longer
	}
	return rows{list: list}
}

// matcher reads conditions that are joined by AND.
type matcher struct {
	e        *entity
	stmt     *gorm.Statement
	found    [][]any // for each column, the values that it is compared with
	together [][]any // the same of all columns in one condition
}

// all reads conditions. It reports whether each of them narrows what the others let through; an OR
// does not.
func (m *matcher) all(conditions []clause.Expression) bool {
	for _, c := range conditions {
		switch c := c.(type) {
		case clause.Eq:
			m.compare(c.Column, c.Value)
		case clause.IN:
			m.compare(c.Column, c.Values)
		case clause.AndConditions:
			if !m.all(c.Exprs) {
				return false
			}
		case clause.Expr:
			if orm.Mentions(c.SQL, "or") {
				return false
			}
			if parts := comparison.FindStringSubmatch(c.SQL); parts != nil && len(c.Vars) == 1 {
				m.compare(clause.Column{Table: parts[1], Name: parts[2]}, c.Vars[0])
			}
		case clause.NamedExpr:
			if orm.Mentions(c.SQL, "or") {
				return false
			}
		case clause.Neq, clause.Gt, clause.Gte, clause.Lt, clause.Lte, clause.Like:
		default:
			return false
		}
	}
	return true
}

// comparison is `id = ?`, `contacts.id IN (?)`, quoted or not.
var comparison = regexp.MustCompile("^\\s*(?:[\"`\\[]?(\\w+)[\"`\\]]?\\s*\\.\\s*)?[\"`\\[]?(\\w+)[\"`\\]]?\\s*(?:=|(?i:\\sIN\\b))\\s*(?:\\?|\\(\\s*\\?\\s*\\))\\s*$")

// compare notes that a column equals a value, or one of several.
func (m *matcher) compare(column, value any) {
	if columns, ok := column.([]clause.Column); ok {
		m.compareTogether(columns, value)
		return
	}
	at := m.column(column)
	if at < 0 || len(m.found[at]) > 0 {
		return
	}
	values := []any{value}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8 {
		values = make([]any, v.Len())
		for i := range values {
			values[i] = v.Index(i).Interface()
		}
	}
	list := make([]any, len(values))
	for i, v := range values {
		var ok bool
		if list[i], ok = typed(m.stmt, m.e.columns[at], v); !ok {
			return
		}
	}
	m.found[at] = list
}

// compareTogether notes that columns equal one of several lists of values.
func (m *matcher) compareTogether(columns []clause.Column, value any) {
	lists, ok := value.([]any)
	if !ok {
		return
	}
	order := make([]int, len(m.e.columns))
	for i := range order {
		order[i] = slices.IndexFunc(columns, func(c clause.Column) bool { return m.column(c) == i })
		if order[i] < 0 {
			return
		}
	}
	var together [][]any
	for _, list := range lists {
		values, ok := list.([]any)
		if !ok || len(values) != len(columns) {
			return
		}
		row := make([]any, len(order))
		for i, at := range order {
			if row[i], ok = typed(m.stmt, m.e.columns[i], values[at]); !ok {
				return
			}
		}
		together = append(together, row)
	}
	m.together = together
}

// column returns which of the entity's columns a condition is about, or -1.
func (m *matcher) column(column any) int {
	var table, name string
	switch c := column.(type) {
	case string:
		name = c
	case clause.Column:
		if c.Raw {
			return -1
		}
		table, name = c.Table, c.Name
	default:
		return -1
	}
	if before, after, dotted := strings.Cut(name, "."); dotted {
		table, name = before, after
	}
	if table != "" && table != clause.CurrentTable && table != m.stmt.Table && table != m.e.table {
		return -1
	}
	if name == clause.PrimaryKey && m.stmt.Schema != nil && m.stmt.Schema.PrioritizedPrimaryField != nil {
		name = m.stmt.Schema.PrioritizedPrimaryField.DBName
	}
	return slices.IndexFunc(m.e.columns, func(f *schema.Field) bool { return f.DBName == name })
}

// typed returns a value as the type of its column, as the database compares it. It is refused if it
// may mean something else to the database, as "010" does beside a number.
func typed(stmt *gorm.Statement, column *schema.Field, value any) (any, bool) {
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() == reflect.Pointer {
		return nil, false
	}
	if v.Type() == column.IndirectFieldType {
		return v.Interface(), true
	}
	if kind := v.Kind(); kind != reflect.String && (kind < reflect.Int || kind > reflect.Uint64) {
		return nil, false
	}
	model := reflect.New(column.Schema.ModelType).Elem()
	if column.Set(stmt.Context, model, v.Interface()) != nil {
		return nil, false
	}
	set, _ := column.ValueOf(stmt.Context, model)
	at := reflect.Indirect(reflect.ValueOf(set))
	if !at.IsValid() || fmt.Sprint(at.Interface()) != fmt.Sprint(v.Interface()) {
		return nil, false
	}
	return at.Interface(), true
}
