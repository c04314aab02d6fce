package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"cadrart-sandbox/shop/internal/migrate"
)

// database is the shop's database as one release sees it: usable once the release's migrations are in.
type database struct {
	release string
	// rows is for requests, watch for the health check: many slow requests must not look like a lost database.
	rows, watch *sql.DB
	log         *slog.Logger
	migrated    atomic.Bool
	problem     atomic.Value // string: why it is not migrated yet
}

const (
	healthTimeout = 900 * time.Millisecond // below the one second that a probe of the kubelet waits by default
	firstRetry    = 500 * time.Millisecond
	lastRetry     = 5 * time.Second
)

func openDatabase(config *mysql.Config, release string, log *slog.Logger) (*database, error) {
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	d := &database{release: release, rows: sql.OpenDB(connector), watch: sql.OpenDB(connector), log: log}
	d.rows.SetMaxOpenConns(8)
	d.rows.SetMaxIdleConns(8)
	d.watch.SetMaxOpenConns(2)
	d.problem.Store("not connected yet")
	return d, nil
}

// migrate tries until the release's migrations are in or ctx ends. The reason for a failure shows in the health
// answer, as the database may well come up later than the backend.
func (d *database) migrate(ctx context.Context) {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		done, err := d.tryMigrations(ctx)
		if err == nil {
			d.migrated.Store(true)
			d.log.Info("the database is at this release's level", "applied now", done)
			return
		}
		d.problem.Store(err.Error())
		d.log.Warn("the database is not ready", "reason", err.Error(), "next try in", wait.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// migrateOnce tries once, as a step of a release does: what is to be done about a failure is for a person to decide.
func (d *database) migrateOnce(ctx context.Context) error {
	done, err := d.tryMigrations(ctx)
	if err == nil {
		d.log.Info("the database is at this release's level", "applied now", done)
	}
	return err
}

func (d *database) tryMigrations(ctx context.Context) ([]string, error) {
	connection, err := d.rows.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return migrate.Apply(ctx, connection, d.release)
}

// check asks the server which database this is. It fails as long as requests would.
func (d *database) check(ctx context.Context) (name string, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	var asked sql.NullString
	if err := d.watch.QueryRowContext(ctx, "SELECT DATABASE()").Scan(&asked); err != nil {
		return "", err
	}
	if !d.migrated.Load() {
		return asked.String, errors.New("migrations: " + d.problem.Load().(string))
	}
	return asked.String, nil
}

// level says how the database's schema and this release stand to each other.
func (d *database) level(ctx context.Context) (migrate.Level, error) {
	connection, err := d.rows.Conn(ctx)
	if err != nil {
		return migrate.Level{}, err
	}
	defer connection.Close()
	return migrate.Read(ctx, connection, d.release)
}

func (d *database) close() error {
	return errors.Join(d.rows.Close(), d.watch.Close())
}
