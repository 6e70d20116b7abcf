package main

import (
	"context"
	"fmt"
)

func explainTo(ctx context.Context, s surroundings, r request) int {
	fmt.Fprintln(s.stderr, `cachegen: "explain" is not supported yet`)
	return exitBroken
}
