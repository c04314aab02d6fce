package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"time"
)

// A record is one request, or one event of a websocket. As JSON it is one line of the records file.
type record struct {
	Target    string    `json:"target"`
	Mode      string    `json:"mode"`
	Method    string    `json:"method"`
	Path      string    `json:"path,omitempty"`
	Start     time.Time `json:"start"`
	LatencyMS float64   `json:"latency_ms"`
	Status    int       `json:"status,omitempty"`
	Error     string    `json:"error,omitempty"`
	// Wrong is "database", "environment" or "color": what in a good answer is not what the target has to lead to.
	Wrong string `json:"wrong,omitempty"`
	// Retried means that the HTTP client sent the request a second time by itself.
	Retried   bool   `json:"retried,omitempty"`
	Reference string `json:"reference,omitempty"`
	answer

	latency time.Duration
}

func (r record) end() time.Time { return r.Start.Add(r.latency) }

// recorder collects records of all targets, writes each to the file and keeps what the summary needs.
type recorder struct {
	lock    sync.Mutex
	file    *os.File
	buffer  *bufio.Writer
	lines   *json.Encoder
	tallies map[string]*tally
	problem error
}

func newRecorder(name string, targets []target) (*recorder, error) {
	r := &recorder{tallies: map[string]*tally{}}
	for _, t := range targets {
		r.tallies[t.Name] = newTally()
	}
	if name == "" {
		return r, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	r.file, r.buffer = file, bufio.NewWriterSize(file, 1<<16)
	r.lines = json.NewEncoder(r.buffer)
	return r, nil
}

func (r *recorder) add(entry record) {
	entry.LatencyMS = milliseconds(entry.latency)
	r.lock.Lock()
	defer r.lock.Unlock()
	r.tallies[entry.Target].add(entry)
	if r.lines != nil && r.problem == nil {
		r.problem = r.lines.Encode(entry)
	}
}

func (r *recorder) finish(started, ended time.Time, stopped bool) (summary, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	result := summary{Started: started, Ended: ended, Stopped: stopped, Targets: map[string]targetSummary{}}
	for name, tally := range r.tallies {
		result.Targets[name] = tally.summarise(started, ended)
	}
	if r.file == nil {
		return result, nil
	}
	return result, errors.Join(r.problem, r.buffer.Flush(), r.file.Close())
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}
