// Command pulumi-resource-kubernetes serves the Kubernetes provider of its published Go module.
//
// The module's own main embeds files that are generated in its repository and are not part of the module. This one
// embeds the schema that the module does carry; the build copies it beside this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, []byte("{}"))
}
