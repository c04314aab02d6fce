// Command pulumi-resource-command is a stand-in for Pulumi's command provider, for throw-away clusters only: that
// provider is in no package registry. It serves the one resource `command:local:Command`, without the collecting of
// files (assetPaths, archivePaths). Users of a real stack install the real one: pulumi plugin install resource command.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// version is the one of the real provider whose place this takes.
const version = "1.2.1"

func main() {
	err := provider.Main("command", func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return newServer(host), nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
