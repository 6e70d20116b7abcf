// Package schema holds the schemas of ent.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// Contact is a person.
type Contact struct{ ent.Schema }

// Fields of a contact.
func (Contact) Fields() []ent.Field {
	return []ent.Field{field.String("id"), field.String("name")}
}
