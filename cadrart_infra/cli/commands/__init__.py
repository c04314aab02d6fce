"""What each command does; `cadrart_infra.cli.command_line` loads the one that is typed, nothing else."""
