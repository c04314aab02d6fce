package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cadrart-sandbox/shop/internal/identity"
)

func call(t *testing.T, handler http.Handler, method, path, body string) (int, string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	answer, _ := io.ReadAll(recorder.Body)
	return recorder.Code, string(answer)
}

func TestFilesAreStoredServedListedAndDeleted(t *testing.T) {
	files, err := openFiles(identity.Identity{Color: "blue"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"GET", "/", "", 200, `"files":[]`},
		{"PUT", "/frames/oak.jpg", "picture", 201, `"color":"blue"`},
		{"GET", "/frames/oak.jpg", "", 200, "picture"},
		{"PUT", "/frames/oak.jpg", "newer", 201, "ok"},
		{"GET", "/frames/oak.jpg", "", 200, "newer"},
		{"GET", "/", "", 200, `"files":["frames/oak.jpg"]`},
		{"POST", "/frames/oak.jpg", "", 405, "error"},
		{"DELETE", "/", "", 405, "error"},
		{"DELETE", "/frames/oak.jpg", "", 200, "ok"},
		{"DELETE", "/frames/oak.jpg", "", 404, "error"},
		{"GET", "/frames/oak.jpg", "", 404, "404"},
	} {
		status, body := call(t, files, step.method, step.path, step.body)
		if status != step.status || !strings.Contains(body, step.contains) {
			t.Errorf("%s %s: %d %s", step.method, step.path, status, body)
		}
	}
}

func TestFilesOutsideTheFolderAreOutOfReach(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("treasure"), 0o644); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	files, err := openFiles(identity.Identity{}, folder)
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(folder, secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/link/secret", "/" + relative, "/%2e%2e/" + filepath.Base(outside) + "/secret"} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			if _, body := call(t, files, method, path, "changed"); strings.Contains(body, "treasure") {
				t.Errorf("%s %s reads outside", method, path)
			}
		}
	}
	if content, err := os.ReadFile(secret); err != nil || string(content) != "treasure" {
		t.Errorf("the file outside is now %q (%v)", content, err)
	}
}

func TestMissingSettingsAreAllNamed(t *testing.T) {
	for _, name := range []string{"STATIC_ROOT", "CADRART_DB_HOST", "CADRART_DB_PASSWORD"} {
		t.Setenv(name, "")
	}
	t.Setenv("LOG_LEVEL", "loud")
	t.Setenv("CADRART_DB_TYPE", "oracle")
	_, err := readSettings()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"STATIC_ROOT", "CADRART_DB_HOST", "CADRART_DB_PASSWORD", `"loud"`, `"oracle"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
}

func TestAReferenceHasToFitItsColumn(t *testing.T) {
	for _, reference := range []string{"", strings.Repeat("é", maxReferenceLength+1)} {
		if _, _, err := resources[0].write(t.Context(), nil, reference); err != errReference {
			t.Errorf("%d characters: %v", len(reference), err)
		}
	}
}
