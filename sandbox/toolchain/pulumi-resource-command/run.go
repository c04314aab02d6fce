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
	"syscall"
	"time"
)

// output is what a command wrote, without the newline at its end.
type output struct{ stdout, stderr string }

// afterKill bounds the wait for pipes that a child of the command still holds open.
const afterKill = 5 * time.Second

// run executes one command line and hands every line it writes to tell while it runs. The command's own process group
// ends with the context.
func run(ctx context.Context, line string, in inputs, previous output, tell func(string)) (output, error) {
	arguments := append(slices.Clone(in.interpreter[1:]), line)
	command := exec.CommandContext(ctx, in.interpreter[0], arguments...)
	command.Dir = in.dir
	command.Env = environment(in, previous)
	command.Stdin = strings.NewReader(in.stdin)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = afterKill

	var stdout, stderr bytes.Buffer
	outLines := lines(in.logging, "stdout", tell)
	errLines := lines(in.logging, "stderr", tell)
	command.Stdout = io.MultiWriter(&stdout, outLines)
	command.Stderr = io.MultiWriter(&stderr, errLines)
	err := command.Run()
	outLines.Close()
	errLines.Close()

	result := output{strings.TrimSuffix(stdout.String(), "\n"), strings.TrimSuffix(stderr.String(), "\n")}
	if err != nil {
		return result, fmt.Errorf("%w: running %q:\n%s%s", err, line, stdout.String(), stderr.String())
	}
	return result, nil
}

func environment(in inputs, previous output) []string {
	all := os.Environ()
	if in.previousOutputInEnv {
		if previous.stdout != "" {
			all = append(all, "PULUMI_COMMAND_STDOUT="+previous.stdout)
		}
		if previous.stderr != "" {
			all = append(all, "PULUMI_COMMAND_STDERR="+previous.stderr)
		}
	}
	for name, value := range in.environment {
		all = append(all, name+"="+value)
	}
	return all
}

// lines is a writer that passes each whole line on to tell, or nothing when logging leaves the stream out.
func lines(logging, stream string, tell func(string)) io.WriteCloser {
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
				tell(text)
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
