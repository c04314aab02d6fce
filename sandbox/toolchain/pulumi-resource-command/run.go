package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
)

// output is what a command wrote, without the newline at its end.
type output struct{ stdout, stderr string }

// run executes one command line and hands every line it writes to report while it runs. As with the real provider, a
// cancelled context kills the command's first process alone, and run returns when nobody holds its output open any more:
// what the command itself started has to end by itself.
func run(ctx context.Context, line string, in inputs, previous output, report func(string)) (output, error) {
	arguments := append(slices.Clone(in.interpreter[1:]), line)
	command := exec.CommandContext(ctx, in.interpreter[0], arguments...)
	command.Dir = in.dir
	command.Env = environment(in, previous)
	if in.stdin != "" {
		command.Stdin = strings.NewReader(in.stdin)
	}

	var stdout, stderr bytes.Buffer
	var both together
	outLines := lines(in.logging, "stdout", report)
	errLines := lines(in.logging, "stderr", report)
	command.Stdout = io.MultiWriter(&stdout, &both, outLines)
	command.Stderr = io.MultiWriter(&stderr, &both, errLines)
	err := command.Run()
	outLines.Close()
	errLines.Close()

	result := output{strings.TrimSuffix(stdout.String(), "\n"), strings.TrimSuffix(stderr.String(), "\n")}
	if err != nil {
		return result, fmt.Errorf("%w: running %q:\n%s", err, line, both.String())
	}
	return result, nil
}

// together keeps what both streams wrote in the order in which it came.
type together struct {
	sync.Mutex
	bytes.Buffer
}

func (t *together) Write(p []byte) (int, error) {
	t.Lock()
	defer t.Unlock()
	return t.Buffer.Write(p)
}

func environment(in inputs, previous output) []string {
	all := os.Environ()
	for name, value := range in.environment {
		all = append(all, name+"="+value)
	}
	if in.previousOutputInEnv {
		if previous.stdout != "" {
			all = append(all, "PULUMI_COMMAND_STDOUT="+previous.stdout)
		}
		if previous.stderr != "" {
			all = append(all, "PULUMI_COMMAND_STDERR="+previous.stderr)
		}
	}
	return all
}

// lines is a writer that passes each whole line on to report, or nothing when logging leaves the stream out.
func lines(logging, stream string, report func(string)) io.WriteCloser {
	if logging == "none" || (logging == "stdout" || logging == "stderr") && logging != stream {
		return discard{}
	}
	reader, writer := io.Pipe()
	splitter := &lineWriter{PipeWriter: writer}
	splitter.done.Add(1)
	go func() {
		defer splitter.done.Done()
		scanner := bufio.NewReader(reader)
		for {
			text, err := scanner.ReadString('\n')
			if text = strings.TrimRight(text, "\r\n"); text != "" {
				report(text)
			}
			if err != nil {
				return
			}
		}
	}()
	return splitter
}

// lineWriter's Close returns when the last line has been passed on.
type lineWriter struct {
	*io.PipeWriter
	done sync.WaitGroup
}

func (w *lineWriter) Close() error {
	err := w.PipeWriter.Close()
	w.done.Wait()
	return err
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
