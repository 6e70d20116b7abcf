// Package ent is what ent generates for the schema in package schema.
package ent

//go:generate go tool ent generate ./schema
