"""The user's smoke command as a step of the update, with traffic through all proxies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.shop.handle import Shop
from sandbox.shop.traffic import traffic
from tests.cluster.assertions import assert_production_unharmed, assert_rows_where_they_belong, colors
from tests.cluster.shop import assert_serving, seen, serving

# A check as a user would write one, beside the program: it asks what it is to look at, and keeps what it was given.
_CHECK = """
import json, os, pathlib, subprocess, sys, urllib.request
answers = {
    name: json.load(urllib.request.urlopen(os.environ[name] + path, timeout=10))
    for name, path in {"PREVIEW_API_URL": "/api/health/live", "PREVIEW_URL": "/version.json"}.items()
}
given = {name: os.environ[name] for name in ("COLOR", "ENVIRONMENT", "NAMESPACE", "BACKEND_IMAGE")}
with open("checks.jsonl", "a") as log:
    log.write(json.dumps({**given, **answers}) + "\\n")
print("looked at", os.environ["COLOR"])
meanwhile = pathlib.Path("meanwhile")
if meanwhile.exists() and os.environ["ENVIRONMENT"] == "prod":
    subprocess.run(meanwhile.read_text(), shell=True, check=True)
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
        for name in ("smoke_check.py", "wrong", "meanwhile", "checks.jsonl"):
            (checks.folder / name).unlink(missing_ok=True)
        shop.pulumi("config", "rm", "--path", "gate.smokeCommand")
        shop.up()


def test_each_environment_turns_when_its_own_check_has_passed(shop: Shop, checks: Checks) -> None:
    active, inactive = colors(shop)
    before = production(seen(shop))
    shop.stack.config_set("activeColor", inactive)
    with traffic(shop.cluster, shop.namespace, reference="smoke") as load:
        checks.fail_for("prod")
        assert_fails(
            shop,
            f"looked at {inactive}",
            f"smoke test: {inactive} is not fit for production: it ended with exit status 7.",
            "Production's proxies and environment-config were not written.",
            f"pulumi config set activeColor {active} && pulumi up",
        )
        assert production(seen(shop)) == before
        assert colors(shop) == (active, inactive)
        assert environments(checks.done()) == [(inactive, "prod")]

        checks.fail_for("stg")  # the same settings: what failed for production is run again, and passes
        assert_fails(
            shop,
            f"smoke test: {active} is not fit for staging: it ended with exit status 7.",
            "Staging's proxies were not written; production is not concerned.",
        )
        assert production(seen(shop)) == production(serving(inactive))
        for_production, for_staging = checks.done()

        checks.fail_for("")
        shop.up()
        assert environments(checks.done()) == [(active, "stg")]
    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, inactive)
    shop.pulumi("preview", "--expect-no-changes")
    assert_looked_at(for_production, shop.namespace, inactive, "prod", "atelier-cadrart")
    assert_looked_at(for_staging, shop.namespace, active, "stg", "atelier-cadrart-stg")


def test_production_that_breaks_while_the_command_runs_keeps_its_traffic(shop: Shop, checks: Checks) -> None:
    """As a migration of the new release would break it: the gate looks once more after a long smoke command."""
    active, inactive = colors(shop)
    label = f"kubectl -n {shop.namespace} label pod --overwrite -l io.kompose.service=backend-{active}"
    (checks.folder / "meanwhile").write_text(f"{label} ateliercadrart.com/environment=none")
    checks.fail_for("")
    shop.stack.config_set("activeColor", inactive)
    shop.stack.config_set("gate.timeout", "6")
    try:
        assert_fails(
            shop,
            f"{inactive} is not fit for production; every proxy stays as it was.",
            f"production, served by {active} still, is not well since {inactive}'s pods started: backend-prod-proxy: ",
        )
        assert colors(shop) == (active, inactive)
    finally:
        (checks.folder / "meanwhile").unlink()
        shop.cluster.run(["sh", "-c", f"{label} ateliercadrart.com/environment=prod"], check=True)
    shop.stack.config_set("gate.timeout", "60")
    shop.up()
    assert_serving(shop, inactive)


def assert_looked_at(check: dict[str, Any], namespace: str, color: str, environment: str, database: str) -> None:
    """The check saw the pods of a colour that are bound to this environment, and nothing else."""
    assert (check["COLOR"], check["ENVIRONMENT"], check["NAMESPACE"]) == (color, environment, namespace)
    assert check["BACKEND_IMAGE"].endswith(":" + check["PREVIEW_API_URL"]["release"])
    assert check["PREVIEW_API_URL"]["database"] == database
    for answer in (check["PREVIEW_URL"], check["PREVIEW_API_URL"]):
        assert (answer["color"], answer["environment"]) == (color, environment.upper())


def environments(checks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Colour and environment of each check."""
    return [(check["COLOR"], check["ENVIRONMENT"]) for check in checks]


def production(proxies: dict[str, Any]) -> dict[str, Any]:
    """What is behind production's proxies."""
    return {proxy: value for proxy, value in proxies.items() if "-prod-" in proxy}


def assert_fails(shop: Shop, *sentences: str) -> None:
    """An update fails, and each sentence is in what it printed, wherever its lines are broken."""
    failed = shop.up(check=False)
    assert failed.returncode != 0
    said = " ".join(failed.stdout.split())
    assert [sentence for sentence in sentences if sentence not in said] == [], failed.stdout
    assert "Traceback" not in failed.stdout
