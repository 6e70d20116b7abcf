// Package sqlc caches queries by directives that stand in query.sql: sqlc copies them onto Querier.
package sqlc

//go:generate go tool cachegen
