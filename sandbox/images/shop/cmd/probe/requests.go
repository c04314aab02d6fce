package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Tables of the shop that are read and written in turn.
var paths = []string{"/api/clients", "/api/jobs", "/api/tasks", "/api/offers", "/api/articles", "/api/tags"}

const (
	fresh     = "fresh"
	keepAlive = "keep-alive"
	webSocket = "websocket"
)

// An answer is what every JSON answer of the shop says about the instance that gave it.
type answer struct {
	Color       string `json:"color,omitempty"`
	Release     string `json:"release,omitempty"`
	Environment string `json:"environment,omitempty"`
	Database    string `json:"database,omitempty"`
}

type client struct {
	mode string
	http http.Client
}

func newClient(mode string, o options) *client {
	dialer := &net.Dialer{Timeout: o.timeout, Control: onlyPrivate}
	transport := &http.Transport{
		DialContext:         dialer.DialContext,
		DisableKeepAlives:   mode == fresh,
		MaxIdleConnsPerHost: o.keptAliveConnections,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
	}
	return &client{mode, http.Client{Transport: transport, Timeout: o.timeout}}
}

// sendRequests starts one request after the other at the wanted rate, without waiting for answers, as a shop's
// visitors do. It returns when ctx has ended and every request has its answer or its error.
func sendRequests(ctx context.Context, t target, o options, records *recorder) {
	clients := []*client{newClient(fresh, o), newClient(keepAlive, o)}
	defer clients[1].http.CloseIdleConnections()
	var work sync.WaitGroup
	defer work.Wait()
	interval := time.Duration(float64(time.Second) / o.rate)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	started := time.Now()
	for number := 0; ; {
		// A tick that came late, on a busy machine, is made up for.
		for due := int(time.Since(started) / interval); number <= due; number++ {
			r := newRequest(t, o, number)
			c := clients[number%2]
			work.Go(func() { records.add(c.send(r, t)) })
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

type request struct {
	method, path, reference string
}

// newRequest chooses what the request with this number does. Writes are spread evenly, and both modes get their share
// of reads, writes and tables.
func newRequest(t target, o options, number int) request {
	if t.Kind == frontend {
		return request{http.MethodGet, "/version.json", ""}
	}
	turn := number / 2
	path := paths[turn%len(paths)]
	if int(float64(turn+1)*o.writes) > int(float64(turn)*o.writes) {
		return request{http.MethodPost, path, fmt.Sprintf("%s-%s-%d", o.reference, t.Name, number)}
	}
	return request{http.MethodGet, path, ""}
}

// send does one request. It is not bound to the end of the load, only to its own timeout: a request that the probe
// itself cut off would be a failure of nobody's.
func (c *client) send(r request, t target) record {
	result := record{
		Target: t.Name, Mode: c.mode, Method: r.method, Path: r.path, Reference: r.reference, Start: time.Now(),
	}
	connections := 0
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connections++ },
	})
	status, body, err := c.exchange(ctx, r, t)
	result.latency = time.Since(result.Start)
	result.Status = status
	// Go's client tries again by itself when a kept-alive connection turns out to be closed, as browsers do.
	result.Retried = connections > 1
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("status %d: %s", status, bytes.TrimSpace(body[:min(len(body), 200)]))
	}
	if err == nil {
		err = json.Unmarshal(body, &result.answer)
	}
	if err != nil {
		result.Error = cause(err)
		if result.Error == timedOut && connections == 0 {
			result.Error = "dial: " + timedOut // nobody was reached, so nothing was asked
		}
		return result
	}
	result.Wrong = t.wrong(result.answer)
	return result
}

func (c *client) exchange(ctx context.Context, r request, t target) (status int, body []byte, err error) {
	var content io.Reader
	if r.reference != "" {
		text, err := json.Marshal(map[string]string{"reference": r.reference})
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	outgoing, err := http.NewRequestWithContext(ctx, r.method, t.URL+r.path, content)
	if err != nil {
		return 0, nil, err
	}
	if content != nil {
		outgoing.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(outgoing)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// timedOut is how records and summaries name an answer that did not come in time.
const timedOut = "timeout"

// cause drops what differs from request to request (ports, addresses), so that the summary can count errors.
func cause(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return timedOut
	}
	var operation *net.OpError
	if errors.As(err, &operation) {
		return operation.Op + ": " + operation.Err.Error()
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}
