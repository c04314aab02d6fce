"""What a real Go compiler does with the sandbox's own sources: seconds of work for each test, so not a unit's."""
