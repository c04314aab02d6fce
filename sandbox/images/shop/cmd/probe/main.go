// Command probe sends the shop a bounded load and records who answered, from which database, and how quickly.
//
// It sends to loopback and private addresses only, never faster than -rate to one target, and stops by itself.
// Exit status: 0 when the load was sent to its end or stopped by a signal, whatever the answers were (they are in the
// summary); 2 when nothing was sent, because the flags or targets are wrong.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

type options struct {
	targets                []target
	rate, writes           float64
	duration, timeout      time.Duration
	reference              string
	recordsFile, summaryTo string
	keptAliveConnections   int
	websocketMessageEvery  time.Duration
}

func main() {
	options, err := readOptions(os.Args[1:], os.Stdin)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(options)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "probe: %v\n", err)
		os.Exit(2)
	}
}

func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	records, err := newRecorder(o.recordsFile, o.targets)
	if err != nil {
		return err
	}
	started := time.Now()
	limited, cancel := context.WithTimeout(ctx, o.duration)
	defer cancel()
	var work sync.WaitGroup
	for _, t := range o.targets {
		work.Go(func() { sendRequests(limited, t, o, records) })
		if t.WebSocket != "" {
			work.Go(func() { holdSocket(limited, t, o, records) })
		}
	}
	<-limited.Done()
	ended := time.Now() // what is still in flight gets its answer, but is not waited for in the longest gap
	work.Wait()
	summary, err := records.finish(started, ended, ctx.Err() != nil)
	return errors.Join(err, writeSummary(summary, o.summaryTo))
}

func writeSummary(s summary, name string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if name == "-" {
		_, err = os.Stdout.Write(text)
		return err
	}
	// Whoever waits for the file must not read half of it.
	if err := os.WriteFile(name+".partial", text, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".partial", name)
}

func readOptions(arguments []string, stdin io.Reader) (options, error) {
	var o options
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	targets := flags.String("targets", "-", "JSON file with the targets; - for standard input")
	flags.Float64Var(&o.rate, "rate", 50, "requests a second to each target, half of them on fresh connections")
	flags.Float64Var(&o.writes, "writes", 0.25, "share of the requests to a backend that write a row, 0 to 1")
	flags.DurationVar(&o.duration, "duration", 10*time.Second, "how long to send, at most an hour")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Second, "how long to wait for an answer")
	flags.StringVar(&o.reference, "reference", "probe", "start of the reference that every written row carries")
	flags.StringVar(&o.recordsFile, "records", "", "file for one JSON line a request; empty for none")
	flags.StringVar(&o.summaryTo, "summary", "-", "file for the summary; - for standard output")
	flags.IntVar(&o.keptAliveConnections, "connections", 4, "kept-alive connections to each target")
	flags.DurationVar(&o.websocketMessageEvery, "message-every", 500*time.Millisecond, "pause between websocket messages")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err := o.check(); err != nil {
		return o, err
	}
	source := stdin
	if *targets != "-" {
		file, err := os.Open(*targets)
		if err != nil {
			return o, err
		}
		defer file.Close()
		source = file
	}
	var err error
	o.targets, err = readTargets(source)
	return o, err
}

const (
	maxRate     = 2000
	maxDuration = time.Hour
)

func (o options) check() error {
	switch {
	case o.rate <= 0 || o.rate > maxRate:
		return fmt.Errorf("-rate is %g, it has to be above 0 and at most %d", o.rate, maxRate)
	case o.writes < 0 || o.writes > 1:
		return fmt.Errorf("-writes is %g, it has to be 0 to 1", o.writes)
	case o.duration <= 0 || o.duration > maxDuration:
		return fmt.Errorf("-duration is %s, it has to be above 0 and at most %s", o.duration, maxDuration)
	case o.timeout <= 0 || o.timeout > time.Minute:
		return fmt.Errorf("-timeout is %s, it has to be above 0 and at most 1m", o.timeout)
	case o.keptAliveConnections < 1 || o.keptAliveConnections > 100:
		return fmt.Errorf("-connections is %d, it has to be 1 to 100", o.keptAliveConnections)
	case o.websocketMessageEvery < 10*time.Millisecond:
		return fmt.Errorf("-message-every is %s, it has to be at least 10ms", o.websocketMessageEvery)
	case o.reference == "":
		return errors.New("-reference is empty")
	}
	return nil
}
