package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
)

func main() { os.Exit(command()) }

// command runs the tool in the environment of the process, and returns its exit code. It is apart
// from main so that its deferred calls run before the process exits.
func command() int {
	if isVettool(os.Args[1:]) {
		vettool()
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // takes a quarter off the processor time of a large run: NUMBERS.md
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.Getwd()
	if err != nil {
		os.Stderr.WriteString("cachegen: " + err.Error() + "\n")
		return exitBroken
	}
	return run(ctx, env{dir: dir, stdout: os.Stdout, stderr: os.Stderr}, os.Args[1:])
}
