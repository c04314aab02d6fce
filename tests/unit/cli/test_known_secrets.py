"""Which values must not be read on a page."""

from cadrart_infra.cli.known_secrets import known_secrets


def test_the_runner_s_own_secrets_are_known_and_its_paths_and_names_are_not() -> None:
    environment = {
        "GITHUB_TOKEN": "t0ken",
        "PULUMI_CONFIG_PASSPHRASE": "passphrase",
        "AWS_ACCESS_KEY_ID": "public",
        "TOKEN_PATH": "/somewhere",
        "USER": "somebody",
    }
    assert known_secrets(None, environment) == {"t0ken", "passphrase"}
