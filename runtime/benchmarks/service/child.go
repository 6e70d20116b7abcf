package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// childEnv names the work of a process that this package has started.
const childEnv = "CACHEGEN_BENCHMARKS_SERVICE"

// childWork is what children do: each reads requests and writes an answer to each of them.
var childWork = map[string]func(context.Context, *json.Decoder, *json.Encoder) error{
	"load":   loadChild,
	"memory": memoryChild,
}

// RunChild does the work of a process that this package has started, and does not return then. In
// any other process it does nothing. Programs that call [Tables] call it first in main, tests in
// TestMain, because Tables starts the running program again for each process of a measurement.
func RunChild() {
	work, ok := childWork[os.Getenv(childEnv)]
	if !ok {
		return
	}
	out := json.NewEncoder(os.Stdout)
	err := out.Encode(ready)
	if err == nil {
		err = work(context.Background(), json.NewDecoder(requests()), out)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// requests are what the parent asks. They end with the parent, and the child soon after, whatever
// it is doing.
func requests() io.Reader {
	read, write := io.Pipe()
	go func() {
		_, err := io.Copy(write, os.Stdin)
		write.CloseWithError(cmp.Or(err, io.EOF))
		time.Sleep(10 * time.Second) // for what is in order to end
		os.Exit(1)
	}()
	return read
}

// ready is the first line of a child.
const ready = "ready"

// A child is a process of a measurement. Its methods are for one goroutine at a time.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// startChild starts this program again for a kind of work.
func startChild(ctx context.Context, kind string) (*child, error) {
	if os.Getenv(childEnv) != "" {
		return nil, errors.New("service: main has to call service.RunChild before anything else")
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), childEnv+"="+kind)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 5 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd, in, json.NewDecoder(out)}
	var first string
	if err := c.out.Decode(&first); err != nil || first != ready {
		_ = cmd.Process.Kill()
		return nil, errors.Join(fmt.Errorf("service: a child said %q, want %q: does main call service.RunChild first?", first, ready), err, c.stop())
	}
	return c, nil
}

// ask sends a request.
func (c *child) ask(request any) error { return json.NewEncoder(c.in).Encode(request) }

// answer waits for the answer to a request.
func (c *child) answer(to any) error { return c.out.Decode(to) }

// stop ends the child and waits for its end.
func (c *child) stop() error {
	_ = c.in.Close()
	return c.cmd.Wait()
}
