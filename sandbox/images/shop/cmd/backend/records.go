package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A resource is one of the shop's tables behind /api/<path>. Its reference is a column with the text that a caller
// gives when he writes a row, so that a test can find and count its own rows in a database afterwards.
type resource struct {
	path, table, reference string
	// others are further columns of a written row, with literal values: one of each kind of column of the shop.
	others, values string
}

var resources = []resource{
	{path: "clients", table: "client", reference: "company",
		others: "lastName, mail, reduction", values: "'Sandbox', 'sandbox@example.invalid', 2.50"},
	{path: "jobs", table: "job", reference: "orderId",
		others: "measure, openingWidth, location", values: "'givenOutside', 40.25, '{\"name\": \"shelf 1\"}'"},
	{path: "tasks", table: "task", reference: "comment",
		others: "total, article", values: "12.30, '{\"name\": \"glass\"}'"},
	{path: "offers", table: "offer", reference: "number",
		others: "status, client", values: "'started', '{\"lastName\": \"Sandbox\"}'"},
	{path: "articles", table: "article", reference: "name",
		others: "place, buyPrice, sellPrice", values: "'Externe', 3.10, 9.90"},
	{path: "tags", table: "tag", reference: "name"},
}

const (
	shownRows          = 20
	maxReferenceLength = 255
)

// A record is one row of an answer.
type record struct {
	ID        int64     `json:"id"`
	Reference string    `json:"reference"`
	CreatedAt time.Time `json:"createdAt"`
}

var errReference = fmt.Errorf("reference has to have 1 to %d characters", maxReferenceLength)

// read gives the newest rows, and the database that the same statement came from.
func (r resource) read(ctx context.Context, db *sql.DB) (database string, found []record, err error) {
	// The row of the left side is there even when the table is empty.
	query := fmt.Sprintf("SELECT DATABASE(), r.id, r.reference, r.created_at FROM (SELECT 1) AS one LEFT JOIN "+
		"(SELECT id, %s AS reference, created_at FROM %s ORDER BY id DESC LIMIT %d) AS r ON TRUE",
		r.reference, r.table, shownRows)
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found = []record{}
	for rows.Next() {
		var id sql.NullInt64
		var reference, name sql.NullString
		var created sql.NullTime
		if err := rows.Scan(&name, &id, &reference, &created); err != nil {
			return "", nil, err
		}
		database = name.String
		if id.Valid {
			found = append(found, record{id.Int64, reference.String, created.Time})
		}
	}
	return database, found, rows.Err()
}

// write adds a row and asks the connection that did it for its database.
func (r resource) write(ctx context.Context, db *sql.DB, reference string) (database string, id int64, err error) {
	if length := len([]rune(reference)); length == 0 || length > maxReferenceLength {
		return "", 0, errReference
	}
	connection, err := db.Conn(ctx)
	if err != nil {
		return "", 0, err
	}
	defer connection.Close()
	columns, values := r.reference, "?"
	if r.others != "" {
		columns, values = columns+", "+r.others, values+", "+r.values
	}
	statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", r.table, columns, values)
	result, err := connection.ExecContext(ctx, statement, reference)
	if err != nil {
		return "", 0, err
	}
	if id, err = result.LastInsertId(); err != nil {
		return "", 0, err
	}
	var name sql.NullString
	err = connection.QueryRowContext(ctx, "SELECT DATABASE()").Scan(&name)
	return name.String, id, err
}
