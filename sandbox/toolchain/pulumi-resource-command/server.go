package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	resourceType = "command:local:Command"
	schema       = `{"name": "command", "version": "` + version + `",
  "description": "Stand-in for the command provider, part of the cadrart-infra sandbox: command:local:Command only.",
  "resources": {"` + resourceType + `": {}}}`
)

type server struct {
	pulumirpc.UnimplementedResourceProviderServer
	host   *provider.HostClient
	life   context.Context
	finish context.CancelFunc
}

func newServer(host *provider.HostClient) *server {
	life, finish := context.WithCancel(context.Background())
	return &server{host: host, life: life, finish: finish}
}

func (s *server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

func (s *server) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: schema}, nil
}

func (s *server) CheckConfig(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: request.GetNews()}, nil
}

func (s *server) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

func (s *server) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

func (s *server) Check(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if kind := resource.URN(request.GetUrn()).Type(); string(kind) != resourceType {
		return nil, fmt.Errorf("the sandbox's stand-in for the command provider has %s only, not %s", resourceType, kind)
	}
	properties, err := fromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	var failures []*pulumirpc.CheckFailure
	for property, reason := range problems(properties) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: property, Reason: reason})
	}
	return &pulumirpc.CheckResponse{Inputs: request.GetNews(), Failures: failures}, nil
}

// Diff: changed triggers replace the resource, every other changed input updates it.
func (s *server) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	before, err := fromWire(request.GetOldInputs())
	if err != nil {
		return nil, err
	}
	after, err := fromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	for _, name := range names() {
		key := resource.PropertyKey(name)
		if before[key].DeepEquals(after[key]) || ignored(name, request.GetIgnoreChanges()) {
			continue
		}
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		response.Diffs = append(response.Diffs, name)
		if name == "triggers" {
			response.Replaces = append(response.Replaces, name)
		}
	}
	return response, nil
}

func ignored(name string, paths []string) bool {
	for _, path := range paths {
		if path == name {
			return true
		}
	}
	return false
}

func (s *server) Create(ctx context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	properties, err := fromWire(request.GetProperties())
	if err != nil {
		return nil, err
	}
	id, err := resource.NewUniqueHex("command", 16, 0)
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		unknown := resource.MakeComputed(resource.NewStringProperty(""))
		answer, err := toWire(withOutputs(properties, unknown, unknown))
		return &pulumirpc.CreateResponse{Properties: answer}, err
	}
	in := read(properties)
	written, err := s.execute(ctx, request.GetUrn(), in.create, in, output{})
	if err != nil {
		return nil, err
	}
	answer, err := toWire(withText(properties, written))
	return &pulumirpc.CreateResponse{Id: id, Properties: answer}, err
}

// Update runs `update`, or `create` again where there is none.
func (s *server) Update(ctx context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	properties, err := fromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	before, err := fromWire(request.GetOlds())
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		unknown := resource.MakeComputed(resource.NewStringProperty(""))
		answer, err := toWire(withOutputs(properties, unknown, unknown))
		return &pulumirpc.UpdateResponse{Properties: answer}, err
	}
	in := read(properties)
	line := in.update
	if line == "" {
		line = in.create
	}
	written, err := s.execute(ctx, request.GetUrn(), line, in, previousOutput(before))
	if err != nil {
		return nil, err
	}
	answer, err := toWire(withText(properties, written))
	return &pulumirpc.UpdateResponse{Properties: answer}, err
}

func (s *server) Delete(ctx context.Context, request *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	properties, err := fromWire(request.GetProperties())
	if err != nil {
		return nil, err
	}
	in := read(properties)
	_, err = s.execute(ctx, request.GetUrn(), in.remove, in, previousOutput(properties))
	return &emptypb.Empty{}, err
}

// Read finds a command as it was: there is nothing outside to look at.
func (s *server) Read(_ context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return &pulumirpc.ReadResponse{
		Id: request.GetId(), Properties: request.GetProperties(), Inputs: request.GetInputs(),
	}, nil
}

// Cancel ends the commands that run.
func (s *server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.finish()
	return &emptypb.Empty{}, nil
}

// execute runs a command line, if there is one, until it ends, the engine gives up the call, or the update is cancelled.
func (s *server) execute(
	ctx context.Context, urn, line string, in inputs, previous output,
) (output, error) {
	if strings.TrimSpace(line) == "" {
		return output{}, nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(s.life, stop)()
	report := func(text string) {
		// A line that cannot be shown must not fail the command that wrote it.
		_ = s.host.Log(ctx, diag.Info, resource.URN(urn), text)
	}
	return run(ctx, line, in, previous, report)
}

func previousOutput(properties resource.PropertyMap) output {
	text := func(key resource.PropertyKey) string {
		if value := reveal(properties[key]); value.IsString() {
			return value.StringValue()
		}
		return ""
	}
	return output{text("stdout"), text("stderr")}
}

func withText(properties resource.PropertyMap, written output) resource.PropertyMap {
	stdout, stderr := resource.NewStringProperty(written.stdout), resource.NewStringProperty(written.stderr)
	if properties.ContainsSecrets() {
		// A command may print what it was given.
		stdout, stderr = resource.MakeSecret(stdout), resource.MakeSecret(stderr)
	}
	return withOutputs(properties, stdout, stderr)
}

func withOutputs(properties resource.PropertyMap, stdout, stderr resource.PropertyValue) resource.PropertyMap {
	result := properties.Copy()
	result["stdout"], result["stderr"] = stdout, stderr
	return result
}
