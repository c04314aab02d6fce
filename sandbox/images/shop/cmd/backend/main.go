// Command backend stands in for the shop's backend, whose image only the live cluster has: the same ports, variables,
// tables and health check, and answers that say which instance gave them and which database it asked.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"cadrart-sandbox/shop/internal/identity"
	"cadrart-sandbox/shop/internal/serve"
)

const (
	apiAddress  = ":3000"
	liveAddress = ":8001"
	// stopTimeout is below the 30 seconds that Kubernetes gives a pod by default.
	stopTimeout = 20 * time.Second
	// migrateOnly is the argument with which the program migrates and ends.
	migrateOnly = "migrate"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "backend: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	settings, err := readSettings()
	if err != nil {
		return fmt.Errorf("the environment is incomplete:\n%w", err)
	}
	id := identity.FromEnvironment()
	log := newLogger(settings, id)
	if settings.failure == failsAtStart {
		return errors.New("this image always fails at its start")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	database, err := openDatabase(settings.database, id.Release, log)
	if err != nil {
		return err
	}
	if len(os.Args) > 1 && os.Args[1] == migrateOnly {
		return errors.Join(database.migrateOnce(ctx), database.close())
	}
	files, err := openFiles(id, settings.staticRoot)
	if err != nil {
		return fmt.Errorf("STATIC_ROOT: %w", err)
	}
	sockets := newLive(id, database)
	api, err := serve.Listen(apiAddress, (&api{id, settings, database, files}).handler())
	if err != nil {
		return err
	}
	live, err := serve.Listen(liveAddress, sockets)
	if err != nil {
		return err
	}
	log.Info("started", "api", api.Address(), "websocket", live.Address())
	go database.migrate(ctx)
	err = runUntil(ctx, api, live)
	log.Info("ending")
	return errors.Join(err, shutDown(api, live, sockets), database.close())
}

// runUntil serves on both ports until ctx ends, or one of them fails.
func runUntil(ctx context.Context, servers ...*serve.Server) error {
	failed := make(chan error, len(servers))
	for _, server := range servers {
		go func() { failed <- server.Run() }()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func shutDown(api, live *serve.Server, sockets *live) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- api.Stop(ctx) }()
	err := live.Stop(ctx)
	sockets.stop(ctx) // after the port is closed, so that no new one comes while it counts them
	return errors.Join(err, <-ended)
}

// newLogger writes to standard output and, where LOG_DIRECTORY can be written to, to a file there as well.
func newLogger(settings settings, id identity.Identity) *slog.Logger {
	var output io.Writer = os.Stdout
	var problem error
	if settings.logDirectory != "" {
		name := filepath.Join(settings.logDirectory, "backend-"+id.Color+".log")
		file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if problem = err; err == nil {
			output = io.MultiWriter(os.Stdout, file)
		}
	}
	handler := slog.NewTextHandler(output, &slog.HandlerOptions{Level: settings.logLevel})
	log := slog.New(handler).With("color", id.Color, "release", id.Release, "environment", id.Environment)
	if problem != nil {
		log.Warn("no log file", "reason", problem.Error())
	}
	return log
}
