"""The shop's parts, one ComponentResource a module; they read no configuration and make no provider."""
