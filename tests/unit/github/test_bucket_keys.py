"""Keys of the bucket for a job, by a token service whose part is played here."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from cadrart_infra.github import bucket_access, bucket_keys, job_token
from sandbox.paths import REPOSITORY
from tests.github.issuer import Issuer, claims

ROLE = "arn:aws:iam::000000000000:role/state-writer"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
KEYS = {"AccessKeyId": "ASIA", "SecretAccessKey": "s3cret", "SessionToken": "of an hour", "Expiration": "2026-01-01"}
GIVEN = (
    f'<AssumeRoleWithWebIdentityResponse xmlns="{NAMESPACE}"><AssumeRoleWithWebIdentityResult><Credentials>'
    f"{''.join(f'<{name}>{value}</{name}>' for name, value in KEYS.items())}"
    "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
)
REFUSED = f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Message>Not authorized</Message></Error></ErrorResponse>'


class TokenService:
    """Gives its answers one after the other, the last one for good; remembers what it was asked."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers, self.asked = list(answers), list[dict[str, str]]()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def _handler(service: TokenService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            service.asked.append({name: value for name, (value,) in form.items()})
            status, text = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextlib.contextmanager
def serving(job: Issuer, *answers: tuple[int, str]) -> Iterator[TokenService]:
    """GitHub signs and the token service answers while the block runs."""
    service = TokenService(*answers)
    thread = threading.Thread(target=service.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        with job.serving():
            yield service
    finally:
        service.server.shutdown()
        thread.join()
        service.server.server_close()


def test_what_github_signs_for_the_job_is_exchanged_for_keys(job: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(job, (200, GIVEN)) as service:
        assert bucket_keys.main([ROLE, service.url]) == 0
    assert json.loads(capsys.readouterr().out) == {"Version": 1, **KEYS}
    (asked,) = service.asked
    assert (asked["Action"], asked["RoleArn"]) == ("AssumeRoleWithWebIdentity", ROLE)
    said = claims(asked["WebIdentityToken"])
    assert (said["aud"], said["environment"]) == ("sts.amazonaws.com", "prod")


def test_a_request_that_is_lost_is_made_again(job: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_token, "_PAUSES", (0, 0))
    with serving(job, (503, "busy"), (200, GIVEN)) as service:
        assert bucket_keys.bucket_keys(ROLE, service.url) == KEYS


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((403, REFUSED), f"gives this job no keys of {ROLE}: Not authorized\nNothing was changed. Look whether the"),
        ((404, "<html><body>nobody"), "HTTP Error 404: Not Found\nNothing was changed."),
        (
            (200, "<html><p>a page</p></html>"),
            "answers without keys. Nothing was changed. CADRART_TOKEN_SERVICE has to be",
        ),
        ((200, "pong"), "answers without keys"),
    ],
)
def test_a_refusal_says_what_the_service_said_and_what_to_look_at(
    job: Issuer, answer: tuple[int, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(job, answer) as service:
        assert bucket_keys.main([ROLE, service.url]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert service.asked[0]["WebIdentityToken"] not in printed.err
    assert len(service.asked) == 1


def test_a_refusal_names_the_subject_that_the_role_has_to_trust(job: Issuer) -> None:
    with serving(job, (403, REFUSED)) as service, pytest.raises(bucket_keys.NoBucketKeys) as refusal:
        bucket_keys.bucket_keys(ROLE, service.url)
    assert f"({claims(service.asked[0]['WebIdentityToken'])['sub']})" in str(refusal.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "sts.example.com"])
def test_an_address_where_nobody_answers_is_named(
    job: Issuer, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(job_token, "_PAUSES", (0, 0))
    with job.serving():
        assert bucket_keys.main([ROLE, address]) == 1
    assert f"error: {address} does not answer: " in capsys.readouterr().err


def test_what_speaks_no_http_is_named(
    job: Issuer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(job_token, "_PAUSES", (0,))
    with socket.create_server(("127.0.0.1", 0)) as other, job.serving():

        def greet() -> None:
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
                connection.recv(4096)

        thread = threading.Thread(target=greet)
        thread.start()
        assert bucket_keys.main([ROLE, f"http://127.0.0.1:{other.getsockname()[1]}"]) == 1
        thread.join()
    assert "does not answer: SSH-2.0-OpenSSH_9.9" in capsys.readouterr().err


def test_a_job_for_which_nothing_is_signed_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL", raising=False)
    assert bucket_access.main([str(tmp_path / "aws"), ROLE, ""]) == 1
    printed = capsys.readouterr().err
    assert "`id-token: write`" in printed
    assert "AWS_ACCESS_KEY_ID" in printed
    assert not (tmp_path / "aws").exists()


def test_the_sdk_s_configuration_is_a_program_for_its_shell_that_prints_the_keys(job: Issuer, tmp_path: Path) -> None:
    file = tmp_path / "a job's" / "aws"
    file.parent.mkdir()
    with serving(job, (200, GIVEN)) as service:
        assert bucket_access.main([str(file), ROLE, service.url]) == 0
        header, line = file.read_text().splitlines()
        assert header == "[default]"
        command = line.removeprefix("credential_process = ")
        printed = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=True).stdout
    assert json.loads(printed) == {"Version": 1, **KEYS}


def test_a_job_with_a_role_reads_no_keys_of_its_runner(
    job: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the SDK keys of the credentials file come before any program."""
    given = tmp_path / "environment"
    monkeypatch.setenv("GITHUB_ENV", str(given))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("BUCKET_ROLE", ROLE)
    monkeypatch.delenv("KUBECONFIG_DATA", raising=False)
    with serving(job, (200, GIVEN)) as service:
        monkeypatch.setenv("TOKEN_SERVICE", service.url)
        subprocess.run([REPOSITORY / ".ci" / "access"], check=True)
    variables = dict(line.split("=", 1) for line in given.read_text().splitlines())
    assert variables.keys() == {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}
    assert {Path(file).read_text().splitlines()[0] for file in variables.values()} == {"[default]"}


def test_the_service_is_amazon_s_where_none_is_named() -> None:
    assert bucket_access.configuration(ROLE, bucket_access.AMAZON).endswith(f"{ROLE} https://sts.amazonaws.com\n")


def test_it_needs_nothing_but_python(tmp_path: Path) -> None:
    imports = "import sys; sys.path.insert(0, sys.argv[1]); import cadrart_infra.github.bucket_access"
    command = [sys.executable, "-I", "-S", "-c", imports]
    subprocess.run([*command, str(REPOSITORY)], cwd=tmp_path, check=True)
