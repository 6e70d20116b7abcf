package main

import (
	"context"
	"fmt"
	"os"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/rows"
	"github.com/cachegen/cachegen/runtime/benchmarks/service"
)

// serviceRow is what a cache does for a service. It has no peers, and a README of its own.
const serviceRow = "service"

// allRows are the rows of the comparison, behind what a cache does at all.
func allRows() []rows.Row {
	return append([]rows.Row{{ID: serviceRow, About: "a CRM on PostgreSQL, without and with a cache", Redis: true, Run: runService}}, rows.All()...)
}

func runService(e *rows.Env) ([]*report.Table, error) {
	return service.Tables(context.Background(), service.Options{
		Short: e.Scale != rows.Full,
		Log:   func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) },
	})
}

// readme is the file that has the tables of a row.
func readme(row string) string {
	if row == serviceRow {
		return "service/README.md"
	}
	return "README.md"
}
