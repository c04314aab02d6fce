"""What belongs to one run of the tests, in all of its processes."""

import os
import secrets

_TOKEN = "CADRART_TEST_RUN"


def run_token() -> str:
    """Eight hex digits that no other run has; worker processes inherit those of the process that starts them."""
    return os.environ.setdefault(_TOKEN, secrets.token_hex(4))
