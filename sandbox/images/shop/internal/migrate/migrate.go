// Package migrate brings a database to the level that a release of the shop expects, as TypeORM does it: a table
// `migrations` names what was applied, and a release applies what is missing when it starts.
package migrate

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed sql/*.sql
var files embed.FS

// Migration is one step. Its name ends in its timestamp, as TypeORM names them.
type Migration struct {
	Timestamp int64
	Name      string
	// since is the first release that carries it; "" for every release.
	since string
	file  string
	// done counts what the step makes; it keeps a step that was cut off before it was recorded from failing.
	done string
}

const (
	columnCount = "SELECT COUNT(*) FROM information_schema.columns " +
		"WHERE table_schema = DATABASE() AND table_name = '%s' AND column_name = '%s'"
	indexCount = "SELECT COUNT(*) FROM information_schema.statistics " +
		"WHERE table_schema = DATABASE() AND table_name = '%s' AND index_name = '%s'"
	lockWait = 60 * time.Second
)

var all = []Migration{
	{Timestamp: 1718000000000, Name: "InitialSchema1718000000000", file: "1718000000000-InitialSchema.sql"},
	{
		Timestamp: 1719000000000, Name: "OfferLookup1719000000000", file: "1719000000000-OfferLookup.sql",
		done: fmt.Sprintf(indexCount, "offer", "IDX_offer_number"),
	},
	{
		Timestamp: 1730000000000, Name: "JobReminder1730000000000", file: "1730000000000-JobReminder.sql",
		since: "2.0.0", done: fmt.Sprintf(columnCount, "job", "reminderSent"),
	},
}

// For gives the migrations that a release carries, in order. A release whose name is no version (a broken one, made
// for tests) carries those of the first release.
func For(release string) []Migration {
	var carried []Migration
	for _, migration := range all {
		if migration.since == "" || !older(release, migration.since) {
			carried = append(carried, migration)
		}
	}
	return carried
}

// older compares versions such as "1.10.0" number by number; a name that is no version is older than any.
func older(release, than string) bool {
	left, right := strings.Split(release, "."), strings.Split(than, ".")
	for i := range right {
		if i >= len(left) {
			return true
		}
		a, err := strconv.Atoi(left[i])
		if err != nil {
			return true
		}
		if b, _ := strconv.Atoi(right[i]); a != b {
			return a < b
		}
	}
	return false
}

// Level says where a database stands, seen from a release.
type Level struct {
	Database string   `json:"database"`
	Applied  []string `json:"applied"`
	Expected []string `json:"expected"`
	Missing  []string `json:"missing"`
	// Unknown are migrations of a later release.
	Unknown []string `json:"unknown"`
}

// Read asks the database which migrations it has had. An empty database has had none.
func Read(ctx context.Context, connection *sql.Conn, release string) (Level, error) {
	level := Level{Applied: []string{}, Expected: []string{}, Missing: []string{}, Unknown: []string{}}
	if err := connection.QueryRowContext(ctx, "SELECT DATABASE()").Scan(&level.Database); err != nil {
		return level, err
	}
	applied, err := appliedNames(ctx, connection)
	if err != nil {
		return level, err
	}
	expected := map[string]bool{}
	for _, migration := range For(release) {
		expected[migration.Name] = true
		level.Expected = append(level.Expected, migration.Name)
	}
	has := map[string]bool{}
	for _, name := range applied {
		has[name] = true
		level.Applied = append(level.Applied, name)
		if !expected[name] {
			level.Unknown = append(level.Unknown, name)
		}
	}
	for _, name := range level.Expected {
		if !has[name] {
			level.Missing = append(level.Missing, name)
		}
	}
	return level, nil
}

// Apply brings the database to the release's level and names what it did. Two instances that start at once do it one
// after the other: the lock is the database server's own and ends with the connection.
func Apply(ctx context.Context, connection *sql.Conn, release string) (done []string, err error) {
	unlock, err := lock(ctx, connection)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := connection.ExecContext(ctx, createTable); err != nil {
		return nil, fmt.Errorf("cannot create the table migrations: %w", err)
	}
	level, err := Read(ctx, connection, release)
	if err != nil {
		return nil, err
	}
	for _, migration := range For(release) {
		if !slices.Contains(level.Missing, migration.Name) {
			continue
		}
		if err := run(ctx, connection, migration); err != nil {
			return done, fmt.Errorf("migration %s: %w", migration.Name, err)
		}
		done = append(done, migration.Name)
	}
	return done, nil
}

const createTable = "CREATE TABLE IF NOT EXISTS migrations (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, " +
	"timestamp bigint NOT NULL, name varchar(255) NOT NULL) ENGINE=InnoDB"

func run(ctx context.Context, connection *sql.Conn, migration Migration) error {
	present := 0
	if migration.done != "" {
		if err := connection.QueryRowContext(ctx, migration.done).Scan(&present); err != nil {
			return err
		}
	}
	if present == 0 {
		text, err := files.ReadFile("sql/" + migration.file)
		if err != nil {
			return err
		}
		for _, statement := range statements(string(text)) {
			if _, err := connection.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
	}
	const record = "INSERT INTO migrations (timestamp, name) VALUES (?, ?)"
	_, err := connection.ExecContext(ctx, record, migration.Timestamp, migration.Name)
	return err
}

// statements splits a file of this package at the semicolons that end a line, and drops comment lines.
func statements(text string) []string {
	var kept []string
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "--") {
			kept = append(kept, line)
		}
	}
	var found []string
	for _, statement := range strings.Split(strings.Join(kept, "\n")+"\n", ";\n") {
		if trimmed := strings.TrimSpace(statement); trimmed != "" {
			found = append(found, trimmed)
		}
	}
	return found
}

func lock(ctx context.Context, connection *sql.Conn) (unlock func(), err error) {
	// A lock's name holds for the whole server and may have 64 characters, a database's name has up to 64.
	const name = "CONCAT('shop-migrations-', LEFT(SHA2(DATABASE(), 256), 32))"
	var got sql.NullInt64
	query := fmt.Sprintf("SELECT GET_LOCK(%s, %d)", name, int(lockWait.Seconds()))
	if err := connection.QueryRowContext(ctx, query).Scan(&got); err != nil {
		return nil, fmt.Errorf("cannot ask for the lock of the migrations: %w", err)
	}
	if got.Int64 != 1 {
		return nil, fmt.Errorf("another instance has run migrations for more than %s", lockWait)
	}
	return func() {
		_, _ = connection.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK("+name+")")
	}, nil
}

func appliedNames(ctx context.Context, connection *sql.Conn) (names []string, err error) {
	const exists = "SELECT COUNT(*) FROM information_schema.tables " +
		"WHERE table_schema = DATABASE() AND table_name = 'migrations'"
	var count int
	if err := connection.QueryRowContext(ctx, exists).Scan(&count); err != nil || count == 0 {
		return nil, err
	}
	rows, err := connection.QueryContext(ctx, "SELECT name FROM migrations ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
