// Package emit prints the model as Go source: one wrapper per repository type, a few lines per method. It cannot fail on user input, because
// check has refused everything that has no code.
package emit

import "github.com/cachegen/cachegen/cmd/cachegen/internal/model"

// File returns the formatted source of one output file. An error is a mistake of the generator, never of its user.
func File(f *model.File) ([]byte, error) {
	return nil, nil
}
