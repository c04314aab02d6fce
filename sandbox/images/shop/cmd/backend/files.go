package main

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"cadrart-sandbox/shop/internal/identity"
)

// files serves, stores and deletes the uploaded pictures under STATIC_ROOT, and nothing outside it.
type files struct {
	identity.Identity
	root *os.Root
}

const (
	maxFileSize = 16 << 20
	listedFiles = 1000
)

func openFiles(id identity.Identity, folder string) (*files, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	return &files{id, root}, nil
}

func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch {
	case name == "" && r.Method == http.MethodGet:
		f.list(w)
	case name == "":
		f.fail(w, http.StatusMethodNotAllowed, errors.New("the folder itself can only be listed"))
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		http.ServeFileFS(w, r, f.root.FS(), name)
	case r.Method == http.MethodPut:
		f.answer(w, http.StatusCreated, f.store(name, http.MaxBytesReader(w, r.Body, maxFileSize)))
	case r.Method == http.MethodDelete:
		f.answer(w, http.StatusOK, f.root.Remove(name))
	default:
		f.fail(w, http.StatusMethodNotAllowed, errors.New("GET, HEAD, PUT or DELETE"))
	}
}

func (f *files) list(w http.ResponseWriter) {
	names := []string{}
	err := fs.WalkDir(f.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) {
			return fs.SkipDir // such as a volume's lost+found
		}
		if err != nil {
			return err
		}
		if entry.Type().IsRegular() {
			names = append(names, name)
		}
		if len(names) == listedFiles {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		f.fail(w, http.StatusInternalServerError, err)
		return
	}
	send(w, http.StatusOK, struct {
		identity.Identity
		Files []string `json:"files"`
	}{f.Identity, names})
}

// store writes beside the target and renames, so that nobody is served half a picture.
func (f *files) store(name string, body io.Reader) error {
	if folder := path.Dir(name); folder != "." {
		if err := f.root.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	partial := path.Join(path.Dir(name), ".partial-"+path.Base(name))
	file, err := f.root.Create(partial)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	if err = errors.Join(err, file.Close()); err == nil {
		err = f.root.Rename(partial, name)
	}
	if err != nil {
		return errors.Join(err, f.root.Remove(partial))
	}
	return nil
}

func (f *files) answer(w http.ResponseWriter, success int, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		send(w, success, answer{Identity: f.Identity, Status: "ok"})
	case errors.As(err, &tooLarge):
		f.fail(w, http.StatusRequestEntityTooLarge, err)
	case errors.Is(err, fs.ErrNotExist):
		f.fail(w, http.StatusNotFound, err)
	case errors.Is(err, fs.ErrPermission):
		f.fail(w, http.StatusForbidden, err)
	default:
		f.fail(w, http.StatusInternalServerError, err)
	}
}

func (f *files) fail(w http.ResponseWriter, status int, err error) {
	send(w, status, answer{Identity: f.Identity, Status: "error", Reason: err.Error()})
}
