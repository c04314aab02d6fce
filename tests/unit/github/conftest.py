"""The server that stands for GitHub."""

import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.github.api import Api
from tests.github.issuer import Issuer
from tests.github.server import GitHub


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    """Runs while the test does; nothing that it was asked or answered was against GitHub's description."""
    github = GitHub(tmp_path / "github")
    thread = threading.Thread(target=github.server.serve_forever, args=(0.02,))
    thread.start()
    yield github
    github.server.shutdown()
    thread.join()
    github.server.server_close()
    assert github.record.read()["wrong"] == []


@pytest.fixture
def api(github: GitHub) -> Api:
    """The repository there, with a token that it takes."""
    return Api(github.url, "shop/infra", "good")


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """Signs for jobs as GitHub does, when it is told to serve."""
    return Issuer(tmp_path, seconds=300)


@pytest.fixture
def job(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """A job of the environment `prod`, for which GitHub signs."""
    for name, value in issuer.environment("environment:prod").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(urllib.request, "_opener", None)  # Python 3.12 and later keep its certificates
    return issuer
