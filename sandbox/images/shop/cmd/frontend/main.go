// Command frontend stands in for the shop's frontend, whose image only the live cluster has: a page on port 8080 that
// names the colour, release and environment of the instance that served it.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"cadrart-sandbox/shop/internal/identity"
	"cadrart-sandbox/shop/internal/serve"
)

const (
	address     = ":8080"
	stopTimeout = 20 * time.Second
)

//go:embed page.html
var pageText string

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "frontend: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	handler, err := newHandler(identity.FromEnvironment())
	if err != nil {
		return err
	}
	server, err := serve.Listen(address, handler)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Run() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return server.Stop(ending)
}

func newHandler(id identity.Identity) (http.Handler, error) {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	var html bytes.Buffer
	if err := page.Execute(&html, id); err != nil {
		return nil, err
	}
	version, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", fixed("text/html; charset=utf-8", html.Bytes()))
	mux.Handle("GET /version.json", fixed("application/json", version))
	return id.Headers(mux), nil
}

func fixed(contentType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body)
	})
}
