// Package orm is what the modules for ORMs share: what the text of a statement says that it changes
// (text.go), which errors say that it has changed nothing (refused.go), and what a transaction has
// changed until it ends (pending.go).
package orm
