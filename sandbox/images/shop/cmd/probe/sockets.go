package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// What happens on a websocket, in the place of a request's method.
const (
	dialed  = "dial"    // a connection was made, or could not be
	heard   = "message" // a message came
	goodbye = "goodbye" // the server ended the connection and said so
	lost    = "lost"    // the connection broke without a word: a failure
)

const redialAfter = 100 * time.Millisecond

// holdSocket keeps one websocket open until ctx ends, makes a new one whenever it goes, and records every message.
func holdSocket(ctx context.Context, t target, o options, records *recorder) {
	for ctx.Err() == nil {
		socket, result := dial(ctx, t, o)
		if ctx.Err() != nil {
			return
		}
		records.add(result)
		if socket != nil {
			converse(ctx, socket, t, o, records)
		}
		select {
		case <-ctx.Done():
		case <-time.After(redialAfter):
		}
	}
}

func dial(ctx context.Context, t target, o options) (*websocket.Conn, record) {
	result := socketRecord(t, dialed)
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	dialer := &net.Dialer{Timeout: o.timeout, Control: onlyPrivate}
	transport := &http.Transport{DialContext: dialer.DialContext}
	socket, response, err := websocket.Dial(ctx, t.WebSocket, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport},
	})
	result.latency = time.Since(result.Start)
	if err != nil {
		result.Error = cause(err)
		return nil, result
	}
	result.Status = response.StatusCode
	return socket, result
}

// converse sends a message every now and then and records whatever comes, until the connection or ctx ends.
func converse(ctx context.Context, socket *websocket.Conn, t target, o options, records *recorder) {
	defer func() { _ = socket.CloseNow() }()
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	go speak(reading, socket, o.websocketMessageEvery)
	for {
		waiting, cancel := context.WithTimeout(reading, o.timeout)
		_, text, err := socket.Read(waiting)
		cancel()
		if err != nil {
			if ctx.Err() == nil { // otherwise it was the probe that ended
				records.add(ended(t, err))
			}
			return
		}
		records.add(received(t, text))
	}
}

func speak(ctx context.Context, socket *websocket.Conn, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			// A failure shows in the reader, which records it.
			text := fmt.Appendf(nil, "%d", now.UnixNano())
			if err := socket.Write(ctx, websocket.MessageText, text); err != nil {
				return
			}
		}
	}
}

func received(t target, text []byte) record {
	result := socketRecord(t, heard)
	var content struct {
		answer
		Type   string `json:"type"`
		Text   string `json:"text"`
		Reason string `json:"reason"`
	}
	if err := json.Unmarshal(text, &content); err != nil {
		result.Error = err.Error()
		return result
	}
	result.answer, result.Path = content.answer, content.Type
	if content.Reason != "" {
		result.Error = content.Reason
		return result
	}
	var sent int64
	if _, err := fmt.Sscanf(content.Text, "%d", &sent); err == nil && content.Type == "echo" {
		result.Start = time.Unix(0, sent)
		result.latency = time.Since(result.Start)
	}
	result.Wrong = t.wrong(result.answer)
	return result
}

func ended(t target, err error) record {
	status := websocket.CloseStatus(err)
	if status == websocket.StatusGoingAway || status == websocket.StatusNormalClosure {
		return socketRecord(t, goodbye)
	}
	result := socketRecord(t, lost)
	result.Error = cause(err)
	if status != -1 {
		result.Error = strings.TrimSpace(fmt.Sprintf("closed with %v", status))
	}
	return result
}

func socketRecord(t target, event string) record {
	return record{Target: t.Name, Mode: webSocket, Method: event, Start: time.Now()}
}
