// Package schema holds the schemas of ent.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// Contact is a person.
type Contact struct{ ent.Schema }

// Fields of a contact.
func (Contact) Fields() []ent.Field {
	return []ent.Field{field.Int("id"), field.String("name"), field.String("email").Optional().Nillable().Unique()}
}

// Edges of a contact.
func (Contact) Edges() []ent.Edge {
	return []ent.Edge{edge.To("phones", Phone.Type), edge.To("tags", Tag.Type)}
}

// Phone belongs to a contact.
type Phone struct{ ent.Schema }

// Fields of a phone.
func (Phone) Fields() []ent.Field { return []ent.Field{field.String("id")} }

// Edges of a phone.
func (Phone) Edges() []ent.Edge {
	return []ent.Edge{edge.From("owner", Contact.Type).Ref("phones").Unique()}
}

// Tag is what contacts have many of.
type Tag struct{ ent.Schema }

// Fields of a tag.
func (Tag) Fields() []ent.Field { return []ent.Field{field.String("id")} }

// Edges of a tag.
func (Tag) Edges() []ent.Edge {
	return []ent.Edge{edge.From("contacts", Contact.Type).Ref("tags")}
}
