package path

import (
	"slices"
	"strings"
)

// TagFields lists the fields whose stamps make an entry with these tags stale: the scopes above
// each path, and the path itself. The whole tenant, "", is the first.
func TagFields(tags []string) []string {
	if len(tags) == 0 {
		return nil
	}
	fields := []string{""}
	for _, path := range tags {
		scopes := 1
		for run := range Leading(path) {
			if scopes++; scopes > MaxScopes && run != path || strings.HasSuffix(run, Everything) {
				continue
			}
			if !slices.Contains(fields, run) {
				fields = append(fields, run)
			}
		}
		fields = append(fields, EntryField(path))
	}
	return fields
}
