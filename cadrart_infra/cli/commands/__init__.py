"""The commands, one function each; `cadrart_infra.cli.command_line` imports only the module that it needs."""
