package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"cadrart-sandbox/shop/internal/identity"
)

// live keeps the websockets of port 8001. Each gets a message a second, and its own messages back; every message
// says who sent it and which database it asked for that.
type live struct {
	identity.Identity
	database *database
	open     sync.WaitGroup
	closing  chan struct{}
}

const (
	messageEvery   = time.Second
	messageTimeout = 5 * time.Second
	maxMessageSize = 32 << 10
)

type message struct {
	answer
	Type string    `json:"type"` // hello, tick, echo or closing
	Text string    `json:"text,omitempty"`
	Time time.Time `json:"time"`
}

func newLive(id identity.Identity, database *database) *live {
	return &live{Identity: id, database: database, closing: make(chan struct{})}
}

func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.open.Add(1)
	defer l.open.Done()
	// Whoever may open a page of the shop may open a socket: the ingress decides about hosts.
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered already
	}
	defer func() { _ = socket.CloseNow() }()
	socket.SetReadLimit(maxMessageSize)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	incoming := make(chan string)
	go receive(ctx, cancel, socket, incoming)
	l.converse(ctx, socket, incoming)
}

func (l *live) converse(ctx context.Context, socket *websocket.Conn, incoming <-chan string) {
	tick := time.NewTicker(messageEvery)
	defer tick.Stop()
	failed := l.send(ctx, socket, "hello", "")
	for failed == nil {
		select {
		case <-ctx.Done():
			return
		case <-l.closing:
			_ = l.send(ctx, socket, "closing", "this instance ends, connect again")
			_ = socket.Close(websocket.StatusGoingAway, "this instance ends")
			return
		case text := <-incoming:
			failed = l.send(ctx, socket, "echo", text)
		case <-tick.C:
			failed = l.send(ctx, socket, "tick", "")
		}
	}
}

// receive passes on what the client sends, and ends the conversation when the client does.
func receive(ctx context.Context, cancel context.CancelFunc, socket *websocket.Conn, to chan<- string) {
	defer cancel()
	for {
		_, text, err := socket.Read(ctx)
		if err != nil {
			return
		}
		select {
		case to <- string(text):
		case <-ctx.Done():
			return
		}
	}
}

func (l *live) send(ctx context.Context, socket *websocket.Conn, kind, text string) error {
	ctx, cancel := context.WithTimeout(ctx, messageTimeout)
	defer cancel()
	outgoing := message{answer: answer{Identity: l.Identity}, Type: kind, Text: text, Time: time.Now().UTC()}
	name, err := l.database.check(ctx)
	outgoing.Database = name
	if err != nil {
		outgoing.Reason = err.Error()
	}
	body, err := json.Marshal(outgoing)
	if err != nil {
		return err
	}
	return socket.Write(ctx, websocket.MessageText, body)
}

// stop lets every client know that this instance ends, and waits until they are gone or ctx ends.
func (l *live) stop(ctx context.Context) {
	close(l.closing)
	gone := make(chan struct{})
	go func() { l.open.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-ctx.Done():
	}
}
