"""The user's smoke command as a step of the update, with traffic through all proxies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.traffic import traffic
from tests.cluster.assertions import assert_production_unharmed, assert_rows_where_they_belong
from tests.cluster.shop import Shop, assert_serving, seen, serving

# A check as a user would write one, beside the program: it asks what it is to look at, and keeps what it was told.
_CHECK = """
import json, os, pathlib, sys, urllib.request
answers = {
    name: json.load(urllib.request.urlopen(os.environ[name] + path, timeout=10))
    for name, path in {"PREVIEW_API_URL": "/api/health/live", "PREVIEW_URL": "/version.json"}.items()
}
told = {name: os.environ[name] for name in ("COLOR", "ENVIRONMENT", "NAMESPACE", "BACKEND_IMAGE")}
with open("checks.jsonl", "a") as log:
    log.write(json.dumps({**told, **answers}) + "\\n")
print("looked at", os.environ["COLOR"])
wrong = pathlib.Path("wrong")
sys.exit(7 if wrong.exists() and wrong.read_text() == os.environ["ENVIRONMENT"] else 0)
"""


@dataclass
class Checks:
    """The check in the project's folder; it fails for the environment in `wrong`."""

    folder: Path

    def fail_for(self, environment: str) -> None:
        """Lets the check fail for `prod` or `stg`, or for none where it is empty."""
        (self.folder / "wrong").write_text(environment)

    def done(self) -> list[dict[str, Any]]:
        """What was checked since the last time that this was asked."""
        log = self.folder / "checks.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def checks(shop: Shop) -> Iterator[Checks]:
    """The shop with a smoke command set, but not yet run; without it again at the end."""
    checks = Checks(shop.stack.folder)
    (checks.folder / "smoke_check.py").write_text(_CHECK)
    shop.stack.config_set("gate.smokeCommand", "python3 smoke_check.py")
    try:
        yield checks
    finally:
        for name in ("smoke_check.py", "wrong", "checks.jsonl"):
            (checks.folder / name).unlink(missing_ok=True)
        shop.pulumi("config", "rm", "--path", "gate.smokeCommand")
        shop.up()


def test_a_check_that_fails_keeps_production_as_it_is_until_it_passes(shop: Shop, checks: Checks) -> None:
    active, inactive = colors(shop)
    before = {key: value for key, value in seen(shop).items() if "prod" in key}
    shop.stack.config_set("activeColor", inactive)
    checks.fail_for("prod")
    with traffic(shop.cluster, shop.namespace, reference="smoke") as load:
        failed = shop.up(check=False)
        assert failed.returncode != 0
        assert_said(
            failed.stdout,
            f"looked at {inactive}",
            f"smoke test: {inactive} is not fit for production: it ended with exit status 7.",
            "Production's proxies and environment-config were not written.",
            f"pulumi config set activeColor {active} && pulumi up",
        )
        assert {key: value for key, value in seen(shop).items() if "prod" in key} == before
        assert shop.get("configmaps")["configmap/environment-config"]["data"]["COLOR_PROD"] == active
        assert [check["ENVIRONMENT"] for check in checks.done()] == ["prod"]
        checks.fail_for("")
        shop.up()  # the same settings: what failed is run again
    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, inactive)

    production, staging = checks.done()
    for check, color, environment, database in (
        (production, inactive, "prod", "atelier-cadrart"),
        (staging, active, "stg", "atelier-cadrart-stg"),
    ):
        assert (check["COLOR"], check["ENVIRONMENT"], check["NAMESPACE"]) == (color, environment, "cadrart")
        assert check["BACKEND_IMAGE"].endswith(check["PREVIEW_API_URL"]["release"])
        assert check["PREVIEW_API_URL"]["database"] == database
        for answer in (check["PREVIEW_URL"], check["PREVIEW_API_URL"]):
            assert (answer["color"], answer["environment"]) == (color, environment.upper())


def test_a_check_that_fails_for_staging_does_not_stop_production(shop: Shop, checks: Checks) -> None:
    shop.pulumi("preview", "--expect-no-changes")
    active, inactive = colors(shop)
    shop.stack.config_set("activeColor", inactive)
    checks.fail_for("stg")
    with traffic(shop.cluster, shop.namespace, reference="smoke-stg") as load:
        failed = shop.up(check=False)
        assert failed.returncode != 0
        assert_said(
            failed.stdout,
            f"smoke test: {active} is not fit for staging: it ended with exit status 7.",
            "Staging's proxies were not written; production is not concerned.",
        )
        production = {key: value for key, value in serving(inactive).items() if "prod" in key}
        assert production.items() <= seen(shop).items()
        checks.fail_for("")
        checks.done()
        shop.up()
    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, inactive)
    assert [(check["COLOR"], check["ENVIRONMENT"]) for check in checks.done()] == [(active, "stg")]


def colors(shop: Shop) -> tuple[str, str]:
    """The active and the inactive colour, as the cluster has them."""
    data = shop.get("configmaps")["configmap/environment-config"]["data"]
    return data["COLOR_PROD"], data["COLOR_TEST"]


def assert_said(printed: str, *sentences: str) -> None:
    """Each sentence is in what was printed, wherever its lines are broken."""
    said = " ".join(printed.split())
    assert [sentence for sentence in sentences if sentence not in said] == [], printed
    assert "Traceback" not in printed
