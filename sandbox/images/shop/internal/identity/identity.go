// Package identity says which instance of the shop gives an answer.
package identity

import (
	"net/http"
	"os"
)

// Identity is part of every answer, so that a test knows who answered.
type Identity struct {
	Color       string `json:"color"`
	Release     string `json:"release"`
	Environment string `json:"environment"`
}

const unset = "unset"

// FromEnvironment reads DEPLOYMENT_COLOR and ENVIRONMENT, which the Deployment sets, and SHOP_RELEASE, which the
// image sets. A variable that is missing is shown as "unset".
func FromEnvironment() Identity {
	return Identity{
		Color:       orUnset(os.Getenv("DEPLOYMENT_COLOR")),
		Release:     orUnset(os.Getenv("SHOP_RELEASE")),
		Environment: orUnset(os.Getenv("ENVIRONMENT")),
	}
}

// Headers names the instance in the headers of every answer, also of those without a JSON body.
func (id Identity) Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Shop-Color", id.Color)
		header.Set("X-Shop-Release", id.Release)
		header.Set("X-Shop-Environment", id.Environment)
		next.ServeHTTP(w, r)
	})
}

func orUnset(value string) string {
	if value == "" {
		return unset
	}
	return value
}
