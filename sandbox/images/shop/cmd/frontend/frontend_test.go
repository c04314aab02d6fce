package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"cadrart-sandbox/shop/internal/identity"
)

func TestPageAndVersionNameTheInstance(t *testing.T) {
	handler, err := newHandler(identity.Identity{Color: "green<1>", Release: "2.0.0", Environment: "STG"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/":             "<dd>green&lt;1&gt;</dd>",
		"/version.json": `"release":"2.0.0","environment":"STG"`,
	} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		if recorder.Code != 200 || !strings.Contains(recorder.Body.String(), want) {
			t.Errorf("%s: %d %s", path, recorder.Code, recorder.Body)
		}
		if got := recorder.Header().Get("X-Shop-Release"); got != "2.0.0" {
			t.Errorf("%s: header %q", path, got)
		}
	}
}
