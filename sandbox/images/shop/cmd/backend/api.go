package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"

	"cadrart-sandbox/shop/internal/identity"
)

// api answers everything on port 3000.
type api struct {
	identity.Identity
	settings settings
	database *database
	files    *files
}

// answer is the part that every answer with a database in it has.
type answer struct {
	identity.Identity
	Database string `json:"database,omitempty"`
	Status   string `json:"status,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/health/live", a.health)
	mux.HandleFunc("GET /api/schema", a.schema)
	mux.HandleFunc("GET /api/settings", a.shownSettings)
	for _, r := range resources {
		mux.HandleFunc("GET /api/"+r.path, func(w http.ResponseWriter, q *http.Request) { a.read(w, q, r) })
		mux.HandleFunc("POST /api/"+r.path, func(w http.ResponseWriter, q *http.Request) { a.write(w, q, r) })
	}
	mux.Handle("/static/", http.StripPrefix("/static", a.files))
	return a.Headers(a.allowOrigins(mux))
}

func (a *api) health(w http.ResponseWriter, r *http.Request) {
	switch a.settings.failure {
	case healthHangs:
		<-r.Context().Done()
		return
	case healthAnswers5:
		a.fail(w, http.StatusInternalServerError, errors.New("this image always answers 500 here"))
		return
	}
	name, err := a.database.check(r.Context())
	if err != nil {
		send(w, http.StatusServiceUnavailable, answer{a.Identity, name, "unavailable", err.Error()})
		return
	}
	send(w, http.StatusOK, answer{Identity: a.Identity, Database: name, Status: "ok"})
}

func (a *api) schema(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), databaseTimeout)
	defer cancel()
	level, err := a.database.level(ctx)
	if err != nil {
		a.fail(w, http.StatusServiceUnavailable, err)
		return
	}
	send(w, http.StatusOK, struct {
		identity.Identity
		Database string   `json:"database"`
		Applied  []string `json:"applied"`
		Expected []string `json:"expected"`
		Missing  []string `json:"missing"`
		Unknown  []string `json:"unknown"`
	}{a.Identity, level.Database, level.Applied, level.Expected, level.Missing, level.Unknown})
}

// shownSettings says what this instance was given; of a secret only that it has one.
func (a *api) shownSettings(w http.ResponseWriter, _ *http.Request) {
	secrets := map[string]bool{"CADRART_DB_PASSWORD": os.Getenv("CADRART_DB_PASSWORD") != ""}
	for _, name := range unusedSecrets {
		secrets[name] = os.Getenv(name) != ""
	}
	send(w, http.StatusOK, struct {
		identity.Identity
		DatabaseAddress string          `json:"databaseAddress"`
		DatabaseName    string          `json:"databaseName"`
		DatabaseUser    string          `json:"databaseUser"`
		StaticRoot      string          `json:"staticRoot"`
		LogLevel        string          `json:"logLevel"`
		CORSOrigins     []string        `json:"corsOrigins"`
		Env             string          `json:"env"`
		NodeEnv         string          `json:"nodeEnv"`
		Secrets         map[string]bool `json:"secrets"`
	}{
		a.Identity, a.settings.database.Addr, a.settings.database.DBName, a.settings.database.User,
		a.settings.staticRoot, a.settings.logLevel.String(), a.settings.corsOrigins,
		os.Getenv("ENV"), os.Getenv("NODE_ENV"), secrets,
	})
}

func (a *api) read(w http.ResponseWriter, r *http.Request, from resource) {
	ctx, cancel := context.WithTimeout(r.Context(), databaseTimeout)
	defer cancel()
	name, rows, err := from.read(ctx, a.database.rows)
	if err != nil {
		a.fail(w, http.StatusServiceUnavailable, err)
		return
	}
	send(w, http.StatusOK, struct {
		answer
		Rows []record `json:"rows"`
	}{answer{Identity: a.Identity, Database: name}, rows})
}

func (a *api) write(w http.ResponseWriter, r *http.Request, to resource) {
	var body struct {
		Reference string `json:"reference"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&body); err != nil {
		a.fail(w, http.StatusBadRequest, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), databaseTimeout)
	defer cancel()
	name, id, err := to.write(ctx, a.database.rows, body.Reference)
	switch {
	case errors.Is(err, errReference):
		a.fail(w, http.StatusBadRequest, err)
	case err != nil:
		a.fail(w, http.StatusServiceUnavailable, err)
	default:
		send(w, http.StatusCreated, struct {
			answer
			ID        int64  `json:"id"`
			Reference string `json:"reference"`
		}{answer{Identity: a.Identity, Database: name}, id, body.Reference})
	}
}

func (a *api) fail(w http.ResponseWriter, status int, err error) {
	send(w, status, answer{Identity: a.Identity, Status: "error", Reason: err.Error()})
}

// allowOrigins lets the frontends named in CORS_ORIGINS call from a browser.
func (a *api) allowOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); slices.Contains(a.settings.corsOrigins, origin) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Vary", "Origin")
		}
		next.ServeHTTP(w, r)
	})
}

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller has gone if this fails
}
