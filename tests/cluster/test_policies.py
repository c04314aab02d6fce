"""The policy pack on the real engine: the shop passes it, and a program that was spoiled is refused in a preview."""

import shutil
from pathlib import Path

import pytest

from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import Stack, copy_program
from tests.cluster.conftest import bare_shop, remove

PACK = ("preview", "--policy-pack", "policy")


def test_the_shop_passes_every_policy(shop: Shop) -> None:
    shop.pulumi(*PACK, "--expect-no-changes")


def test_a_first_preview_passes_every_policy(shop: Shop) -> None:
    """Where nothing exists yet, the rules must not need what only an update knows."""
    first = bare_shop(shop.cluster, shop.stack.folder, "first")
    try:
        first.stack.init(prerequisites.settings(first.namespace))
        first.pulumi(*PACK)
    finally:
        remove(first)
        first.stack.settings_file.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("module", "good", "spoiled", "rule"),
    [
        ("components/proxies.py", '"selector": args.routing[name]', '"selector": {"app": name}', "proxy-environment"),
        ("components/server_container.py", '"imagePullPolicy": pull_policy', '"imagePullPolicy": "Always"', "server-"),
        ("components/ingress.py", "naming.proxy_name(spec.name, environment)", '"backend-prod-proxy"', "host-"),
    ],
)
def test_a_spoiled_program_is_refused(
    shop: Shop, tmp_path: Path, module: str, good: str, spoiled: str, rule: str
) -> None:
    elsewhere = copy_program(tmp_path / "elsewhere")
    path = elsewhere / "cadrart_infra" / module
    assert good in path.read_text()
    path.write_text(path.read_text().replace(good, spoiled))
    shutil.copy(shop.stack.settings_file, elsewhere)
    there = Shop(shop.cluster, Stack(shop.cluster, shop.stack.name, elsewhere), shop.namespace)
    identities = shop.identities()
    done = there.pulumi("up", "--yes", "--policy-pack", "policy", check=False)
    assert done.returncode == 1, done.stdout
    assert f"[mandatory]  {rule}" in done.stdout, done.stdout
    assert "Previewing update (" in done.stdout, done.stdout
    assert "Updating (" not in done.stdout, "its preview lets it go no further"
    if rule == "proxy-environment":
        staged = shop.who_serves()["backend-test-proxy"]["release"]  # which one, earlier tests decide
        version = "1.0.0" if staged == "1.1.0" else "1.1.0"
        settings = there.stack.settings_file.read_text()
        refused = there.program("release", "backend", version, "--policies", "--yes", check=False)
        assert refused.returncode == 1, refused.stdout
        assert "It failed:" in refused.stdout
        assert "proxy" in refused.stdout.partition("It failed:")[2]
        assert there.stack.settings_file.read_text() == settings
    assert shop.identities() == identities
