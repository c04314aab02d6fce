package main

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A summary is what the probe saw, per target. Times are in milliseconds.
type summary struct {
	Started time.Time                `json:"started"`
	Ended   time.Time                `json:"ended"`
	Stopped bool                     `json:"stopped_by_signal"`
	Targets map[string]targetSummary `json:"targets"`
}

type targetSummary struct {
	Requests int `json:"requests"`
	// Good answers have a status 2xx, whoever gave them; Failed is all the rest.
	Good   int `json:"good"`
	Failed int `json:"failed"`
	// Wrong... counts good answers, and messages, that are not what the target has to lead to.
	WrongDatabase    int `json:"wrong_database"`
	WrongEnvironment int `json:"wrong_environment"`
	WrongColor       int `json:"wrong_color"`
	// Retried requests were sent a second time by the HTTP client itself.
	Retried int `json:"retried"`
	// WritesGood rows are in a database. WritesUnknown may be: their answer got lost.
	WritesGood    int            `json:"writes_good"`
	WritesUnknown int            `json:"writes_unknown"`
	Status        map[string]int `json:"status"`
	// Answered counts good answers by "color release environment database".
	Answered map[string]int `json:"answered"`
	Errors   map[string]int `json:"errors"`
	// FirstFailures say when, how and for how long the first of the failed requests were sent.
	FirstFailures []record `json:"first_failures"`
	// LongestGap is the longest time without a good answer, the start and the end of the load included.
	LongestGap   float64       `json:"longest_gap_ms"`
	LongestGapAt time.Time     `json:"longest_gap_at"`
	P50          float64       `json:"p50_ms"`
	P99          float64       `json:"p99_ms"`
	Slowest      float64       `json:"slowest_ms"`
	WebSocket    socketSummary `json:"websocket"`
}

type socketSummary struct {
	Connections int `json:"connections"`
	// DialsFailed and Lost are failures; a Goodbye is an instance that ended and said so.
	DialsFailed int            `json:"dials_failed"`
	Lost        int            `json:"lost"`
	Goodbyes    int            `json:"goodbyes"`
	Messages    int            `json:"messages"`
	Errors      map[string]int `json:"errors"`
	Answered    map[string]int `json:"answered"`
	LongestGap  float64        `json:"longest_gap_ms"`
}

const firstFailures = 5

// A tally is the running count of one target.
type tally struct {
	summary     targetSummary
	latencies   []time.Duration
	goods       []time.Time
	socketGoods []time.Time
}

func newTally() *tally {
	counts := func() map[string]int { return map[string]int{} }
	return &tally{summary: targetSummary{
		Status: counts(), Answered: counts(), Errors: counts(), FirstFailures: []record{},
		WebSocket: socketSummary{Errors: counts(), Answered: counts()},
	}}
}

func (t *tally) add(r record) {
	switch r.Wrong {
	case "database":
		t.summary.WrongDatabase++
	case "environment":
		t.summary.WrongEnvironment++
	case "color":
		t.summary.WrongColor++
	}
	if r.Mode == webSocket {
		t.addSocket(r)
		return
	}
	s := &t.summary
	s.Requests++
	if r.Retried {
		s.Retried++
	}
	if r.Status != 0 {
		s.Status[strconv.Itoa(r.Status)]++
	}
	if r.Error != "" {
		s.Failed++
		s.Errors[r.Error]++
		if len(s.FirstFailures) < firstFailures {
			s.FirstFailures = append(s.FirstFailures, r)
		}
		if r.Method == http.MethodPost && r.Status == 0 {
			s.WritesUnknown++
		}
		return
	}
	s.Good++
	s.Answered[r.answer.String()]++
	if r.Method == http.MethodPost {
		s.WritesGood++
	}
	t.latencies = append(t.latencies, r.latency)
	t.goods = append(t.goods, r.end())
}

func (t *tally) addSocket(r record) {
	s := &t.summary.WebSocket
	if r.Error != "" {
		s.Errors[r.Error]++
	}
	switch r.Method {
	case dialed:
		s.Connections++
		if r.Error != "" {
			s.DialsFailed++
		}
	case lost:
		s.Lost++
	case goodbye:
		s.Goodbyes++
	case heard:
		s.Messages++
		if r.Error == "" {
			s.Answered[r.answer.String()]++
			t.socketGoods = append(t.socketGoods, r.end())
		}
	}
}

func (t *tally) summarise(started, ended time.Time) targetSummary {
	s := t.summary
	gap, at := longestGap(t.goods, started, ended)
	s.LongestGap, s.LongestGapAt = milliseconds(gap), at
	slices.Sort(t.latencies)
	s.P50, s.P99 = milliseconds(quantile(t.latencies, 0.5)), milliseconds(quantile(t.latencies, 0.99))
	s.Slowest = milliseconds(quantile(t.latencies, 1))
	if s.WebSocket.Connections > 0 {
		gap, _ = longestGap(t.socketGoods, started, ended)
		s.WebSocket.LongestGap = milliseconds(gap)
	}
	return s
}

// longestGap is the longest time in which none of the moments lies, and when it began.
func longestGap(moments []time.Time, started, ended time.Time) (longest time.Duration, at time.Time) {
	ordered := slices.Clone(moments)
	slices.SortFunc(ordered, time.Time.Compare)
	last := started
	for _, moment := range append(ordered, ended) {
		if gap := moment.Sub(last); gap > longest {
			longest, at = gap, last
		}
		last = moment
	}
	return longest, at
}

// quantile is the nearest-rank quantile of sorted values, 0 when there are none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

func (a answer) String() string {
	text := a.Color + " " + a.Release + " " + a.Environment
	if a.Database != "" {
		text += " " + a.Database
	}
	return text
}
