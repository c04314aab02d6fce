package serve

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

func start(t *testing.T, handler http.HandlerFunc) (*Server, chan error) {
	t.Helper()
	server, err := Listen("127.0.0.1:0", handler)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Run() }()
	return server, ended
}

func TestRequestInFlightIsAnsweredAfterStop(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	server, ended := start(t, func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "done")
	})
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + server.Address())
		if err != nil {
			answer <- err.Error()
			return
		}
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- server.Stop(context.Background()) }()
	waitUntilRefused(t, server.Address())
	close(release)
	if got := <-answer; got != "done" {
		t.Errorf("request in flight got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Stop: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestKeptAliveConnectionGetsOneMoreAnswer(t *testing.T) {
	server, _ := start(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	first := get(t, client, server.Address())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Stop(context.Background()) }()
	waitUntilRefused(t, server.Address())
	last := get(t, client, server.Address())
	if first.Close || !last.Close {
		t.Errorf("Connection: close was %v before the stop and %v after it", first.Close, last.Close)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func TestStopGivesUpWhenTheContextEnds(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	server, _ := start(t, func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-release
	})
	go func() { _, _ = http.Get("http://" + server.Address()) }()
	<-entered
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := server.Stop(ctx); err == nil {
		t.Error("Stop claims to have finished a request that still runs")
	}
}

func get(t *testing.T, client *http.Client, address string) *http.Response {
	t.Helper()
	response, err := client.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); string(body) != "here" {
		t.Fatalf("answer %q", body)
	}
	return response
}

func waitUntilRefused(t *testing.T, address string) {
	t.Helper()
	for range 200 {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		connection.Close()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the port still takes connections after Stop")
}
