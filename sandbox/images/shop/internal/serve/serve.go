// Package serve runs an HTTP server that ends without failing a request it has taken.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Linger is how long kept-alive connections get to send one more request, which is answered with
// "Connection: close". Closing an idle connection at once could meet a request that is already on its way.
const Linger = 3 * time.Second

// Server is one listening port.
type Server struct {
	http     http.Server
	listener net.Listener
	draining atomic.Bool
	open     atomic.Int64
}

// Listen opens the port; requests are taken from Run on.
func Listen(address string, handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	server := &Server{listener: listener}
	server.http.Handler = server.closingWhenDraining(handler)
	server.http.ReadHeaderTimeout = 10 * time.Second
	server.http.IdleTimeout = 75 * time.Second
	server.http.ConnState = server.count
	return server, nil
}

// Address is where the server listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Run answers requests until Stop is called; only another reason to end is an error.
func (s *Server) Run() error {
	err := s.http.Serve(s.listener)
	if s.draining.Load() || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Stop takes no new connections, finishes the requests in flight, and lets kept-alive connections end.
// It returns the context's error when that takes longer than ctx allows.
func (s *Server) Stop(ctx context.Context) error {
	s.draining.Store(true)
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	s.waitForConnections(ctx)
	return s.http.Shutdown(ctx)
}

func (s *Server) waitForConnections(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, Linger)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.open.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Server) closingWhenDraining(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	}
}
