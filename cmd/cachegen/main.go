package main

import (
	"context"
	"os"
	"os/signal"
)

func main() { os.Exit(command()) }

// command runs the tool in the surroundings of the process. It is apart from main so that a test binary can be the tool.
func command() int {
	if isVettool(os.Args[1:]) {
		vettool()
	}
	spendMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.Getwd()
	if err != nil {
		os.Stderr.WriteString("cachegen: " + err.Error() + "\n")
		return exitBroken
	}
	return run(ctx, surroundings{dir: dir, stdout: os.Stdout, stderr: os.Stderr}, os.Args[1:])
}
