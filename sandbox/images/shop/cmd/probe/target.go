package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"syscall"
)

// A target is one entrance to the shop, such as a proxy Service, and what it has to lead to.
type target struct {
	Name string `json:"name"`
	// URL is the address without a path, as http://10.43.0.10:3000.
	URL string `json:"url"`
	// Kind is "backend" (the default) or "frontend", which has no database and is only read.
	Kind string `json:"kind"`
	// WebSocket is the address of a websocket to hold, as ws://10.43.0.10:8001/ws; none if empty.
	WebSocket string `json:"websocket"`
	// Database, Environment and Color are what every answer has to name; what is empty is not checked.
	Database    string `json:"database"`
	Environment string `json:"environment"`
	Color       string `json:"color"`
}

const (
	backend  = "backend"
	frontend = "frontend"
)

func readTargets(source io.Reader) ([]target, error) {
	var targets []target
	decoder := json.NewDecoder(source)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&targets); err != nil {
		return nil, fmt.Errorf("the targets are no JSON list of targets: %w", err)
	}
	if len(targets) == 0 {
		return nil, errors.New("there is no target")
	}
	names := map[string]bool{}
	for i := range targets {
		t := &targets[i]
		if t.Kind == "" {
			t.Kind = backend
		}
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("target %d (%q): %w", i+1, t.Name, err)
		}
		if names[t.Name] {
			return nil, fmt.Errorf("there are two targets %q", t.Name)
		}
		names[t.Name] = true
	}
	return targets, nil
}

func (t target) check() error {
	if t.Name == "" {
		return errors.New("it has no name")
	}
	if t.Kind != backend && t.Kind != frontend {
		return fmt.Errorf("kind is %q, not %s or %s", t.Kind, backend, frontend)
	}
	if t.Kind == frontend && (t.Database != "" || t.WebSocket != "") {
		return errors.New("a frontend has neither a database nor a websocket")
	}
	if err := checkURL(t.URL, "http"); err != nil {
		return err
	}
	if t.WebSocket == "" {
		return nil
	}
	return checkURL(t.WebSocket, "ws")
}

func checkURL(text, scheme string) error {
	address, err := url.Parse(text)
	if err != nil {
		return err
	}
	if address.Scheme != scheme || address.Host == "" {
		return fmt.Errorf("%q is no %s:// address", text, scheme)
	}
	return nil
}

// wrong names the first thing in which an answer is not what the target has to lead to.
func (t target) wrong(a answer) string {
	switch {
	case t.Database != "" && a.Database != t.Database:
		return "database"
	case t.Environment != "" && a.Environment != t.Environment:
		return "environment"
	case t.Color != "" && a.Color != t.Color:
		return "color"
	}
	return ""
}

// onlyPrivate keeps the load away from the live shop and from everybody else's servers, whatever the targets say.
func onlyPrivate(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	if ip = ip.Unmap(); !ip.IsLoopback() && !ip.IsPrivate() {
		return fmt.Errorf("%s is neither a loopback nor a private address", ip)
	}
	return nil
}
