package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// inputs are the properties of a command, secrets revealed; an absent text is empty.
type inputs struct {
	create, update, remove string
	dir, stdin, logging    string
	interpreter            []string
	environment            map[string]string
	previousOutputInEnv    bool
}

// kinds names every property and what it holds.
var kinds = map[string]string{
	"create": "string", "update": "string", "delete": "string", "dir": "string", "stdin": "string",
	"logging": "string", "interpreter": "list", "environment": "map", "triggers": "any",
	"addPreviousOutputInEnv": "bool",
}

var logged = map[string]bool{"": true, "stdout": true, "stderr": true, "stdoutAndStderr": true, "none": true}

// problems says by property what is wrong with the inputs; a value that is not known yet is right.
func problems(properties resource.PropertyMap) map[string]string {
	found := map[string]string{}
	for key, value := range properties {
		kind, known := kinds[string(key)]
		switch {
		case value.IsNull() || strings.HasPrefix(string(key), "__"):
		case !known:
			found[string(key)] = "the sandbox's stand-in for the command provider does not know this property; it has " +
				strings.Join(names(), ", ")
		case !fits(value, kind):
			found[string(key)] = fmt.Sprintf("must be a %s", kind)
		}
	}
	if value, given := properties["logging"]; given && fits(value, "string") && !value.ContainsUnknowns() &&
		!value.IsNull() && !logged[reveal(value).StringValue()] {
		found["logging"] = "must be one of stdout, stderr, stdoutAndStderr, none"
	}
	return found
}

func names() []string {
	all := make([]string, 0, len(kinds))
	for name := range kinds {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

func fits(value resource.PropertyValue, kind string) bool {
	value = reveal(value)
	if value.IsComputed() || value.IsOutput() {
		return true
	}
	switch kind {
	case "string":
		return value.IsString()
	case "bool":
		return value.IsBool()
	case "list":
		return value.IsArray() && all(value.ArrayValue(), "string")
	case "map":
		if !value.IsObject() {
			return false
		}
		for _, element := range value.ObjectValue() {
			if !fits(element, "string") {
				return false
			}
		}
	}
	return true
}

func all(values []resource.PropertyValue, kind string) bool {
	for _, value := range values {
		if !fits(value, kind) {
			return false
		}
	}
	return true
}

// reveal takes the secret mark off a value.
func reveal(value resource.PropertyValue) resource.PropertyValue {
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	return value
}

// read makes inputs of properties that have been checked and are known.
func read(properties resource.PropertyMap) inputs {
	text := func(key resource.PropertyKey) string {
		if value := reveal(properties[key]); value.IsString() {
			return value.StringValue()
		}
		return ""
	}
	result := inputs{
		create: text("create"), update: text("update"), remove: text("delete"),
		dir: text("dir"), stdin: text("stdin"), logging: text("logging"),
		interpreter: []string{"/bin/sh", "-c"}, environment: map[string]string{}, previousOutputInEnv: true,
	}
	if value := reveal(properties["interpreter"]); value.IsArray() && len(value.ArrayValue()) > 0 {
		result.interpreter = nil
		for _, element := range value.ArrayValue() {
			result.interpreter = append(result.interpreter, reveal(element).StringValue())
		}
	}
	if value := reveal(properties["environment"]); value.IsObject() {
		for name, element := range value.ObjectValue() {
			result.environment[string(name)] = reveal(element).StringValue()
		}
	}
	if value := reveal(properties["addPreviousOutputInEnv"]); value.IsBool() {
		result.previousOutputInEnv = value.BoolValue()
	}
	return result
}

var keepEverything = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true}

func fromWire(properties *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(properties, keepEverything)
}

func toWire(properties resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(properties, keepEverything)
}
