package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestBadTargetsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                            "there is no target",
		`{"name": "a"}`:                 "no JSON list",
		`[{"url": "http://127.0.0.1"}]`: "it has no name",
		`[{"name": "a", "url": "https://127.0.0.1"}]`:                                          "no http:// address",
		`[{"name": "a", "url": "http://127.0.0.1", "kind": "db"}]`:                             `kind is "db"`,
		`[{"name": "a", "url": "http://127.0.0.1", "databse": "x"}]`:                           "databse",
		`[{"name": "a", "url": "http://127.0.0.1", "kind": "frontend", "database": "x"}]`:      "neither a database",
		`[{"name": "a", "url": "http://127.0.0.1"}, {"name": "a", "url": "http://127.0.0.1"}]`: "two targets",
	} {
		_, err := readTargets(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func TestFlagsAreBounded(t *testing.T) {
	target := `[{"name": "a", "url": "http://127.0.0.1"}]`
	for _, flags := range []string{"-rate 0", "-rate 2001", "-duration 2h", "-writes 1.5", "-connections 0", "-reference="} {
		if _, err := readOptions(strings.Fields(flags), strings.NewReader(target)); err == nil {
			t.Errorf("%s is accepted", flags)
		}
	}
	if _, err := readOptions(nil, strings.NewReader(target)); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

func TestOnlyPrivateAddressesAreCalled(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "10.43.0.10:80": true, "172.31.0.1:80": true, "[::ffff:10.0.0.1]:80": true,
		"8.8.8.8:80": false, "172.32.0.1:80": false, "[2001:db8::1]:80": false, "169.254.1.1:80": false,
	} {
		if got := onlyPrivate("tcp", address, nil) == nil; got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestWritesAreSpreadOverModesAndTables(t *testing.T) {
	written := map[int]int{}
	tables := map[string]bool{}
	for number := range 4800 {
		r := newRequest(target{Name: "prod", Kind: backend}, options{writes: 0.25, reference: "run"}, number)
		if r.method == http.MethodPost {
			written[number%2]++
			tables[r.path] = true
		}
	}
	if written[0] != 600 || written[1] != 600 {
		t.Errorf("writes by mode: %v", written)
	}
	if len(tables) < 3 {
		t.Errorf("tables written: %v", tables)
	}
}

func TestLongestGapCountsStartAndEnd(t *testing.T) {
	start := time.Unix(0, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for name, c := range map[string]struct {
		moments []time.Time
		longest int
		from    int
	}{
		"none":      {nil, 10, 0},
		"middle":    {[]time.Time{at(6), at(1), at(9)}, 5, 1},
		"start":     {[]time.Time{at(5), at(7), at(9)}, 5, 0},
		"end":       {[]time.Time{at(1), at(2)}, 8, 2},
		"after end": {[]time.Time{at(4), at(12)}, 8, 4},
	} {
		gap, from := longestGap(c.moments, start, at(10))
		if gap != time.Duration(c.longest)*time.Second || !from.Equal(at(c.from)) {
			t.Errorf("%s: %s from %s", name, gap, from)
		}
	}
}

func TestQuantilesAreNearestRank(t *testing.T) {
	var values []time.Duration
	for i := 1; i <= 100; i++ {
		values = append(values, time.Duration(i))
	}
	if quantile(values, 0.5) != 50 || quantile(values, 0.99) != 99 || quantile(values, 1) != 100 || quantile(nil, 0.5) != 0 {
		t.Error("wrong quantile")
	}
}

// shopServer answers as a backend of one database would, and with 500 to every tenth request.
func shopServer(t *testing.T, database string) *httptest.Server {
	t.Helper()
	var count atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if count.Add(1)%10 == 0 {
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(answer{"blue", "1.0.0", "PROD", database})
	}))
	t.Cleanup(server.Close)
	return server
}

func TestASmallLoadIsCounted(t *testing.T) {
	right := target{Name: "right", Kind: backend, URL: shopServer(t, "shop").URL, Database: "shop"}
	wrong := target{Name: "wrong", Kind: backend, URL: shopServer(t, "other").URL, Database: "shop"}
	o := options{
		targets: []target{right, wrong}, rate: 200, writes: 0.5, reference: "x",
		timeout: 5 * time.Second, keptAliveConnections: 2,
	}
	records, err := newRecorder(t.TempDir()+"/records.jsonl", o.targets)
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	for _, to := range o.targets {
		sendRequests(ctx, to, o, records)
	}
	result, err := records.finish(started, time.Now(), false)
	if err != nil {
		t.Fatal(err)
	}
	s := result.Targets["right"]
	if s.Requests < 10 || s.Good+s.Failed != s.Requests || s.Failed != s.Requests/10 || s.WrongDatabase != 0 {
		t.Errorf("right: %+v", s)
	}
	if len(s.FirstFailures) != min(s.Failed, firstFailures) || s.FirstFailures[0].Error == "" {
		t.Errorf("the first failures: %+v", s.FirstFailures)
	}
	if s.Status["500"] != s.Failed || s.Answered["blue 1.0.0 PROD shop"] != s.Good {
		t.Errorf("right: %+v", s)
	}
	if w := result.Targets["wrong"]; w.Requests == 0 || w.WrongDatabase != w.Good || w.Good == 0 {
		t.Errorf("wrong: %+v", w)
	}
}

func TestAnAnswerThatDoesNotComeIsToldFromAConnectionThatDoesNot(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	o := options{timeout: 50 * time.Millisecond}
	read := request{http.MethodGet, "/", ""}
	if got := newClient(fresh, o).send(read, target{URL: silent.URL}).Error; got != "timeout" {
		t.Errorf("no answer: %q", got)
	}
	unreached := newClient(fresh, o)
	unreached.http.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if got := unreached.send(read, target{URL: silent.URL}).Error; got != "dial: timeout" {
		t.Errorf("no connection: %q", got)
	}
}

func TestASocketThatIsToldGoodbyeIsNotLost(t *testing.T) {
	for name, c := range map[string]struct {
		end            func(*websocket.Conn)
		lost, goodbyes bool
	}{
		"goodbye": {func(s *websocket.Conn) { _ = s.Close(websocket.StatusGoingAway, "") }, false, true},
		"cut off": {func(s *websocket.Conn) { _ = s.CloseNow() }, true, false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			socket, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			_ = socket.Write(r.Context(), websocket.MessageText, []byte(`{"color": "blue", "database": "shop"}`))
			c.end(socket)
		}))
		to := target{Name: "a", WebSocket: "ws" + strings.TrimPrefix(server.URL, "http"), Database: "shop"}
		records, _ := newRecorder("", []target{to})
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		holdSocket(ctx, to, options{timeout: 5 * time.Second, websocketMessageEvery: time.Second}, records)
		cancel()
		server.Close()
		result, _ := records.finish(time.Now(), time.Now(), false)
		s := result.Targets["a"].WebSocket
		if s.Connections == 0 || s.Messages == 0 || (s.Lost > 0) != c.lost || (s.Goodbyes > 0) != c.goodbyes {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
