"""The daily jobs by one command each, on the same stack as `pulumi up`, in turn with it."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, colors, production_unharmed
from tests.cluster.shop import another_image, assert_release, assert_serving, changed

NOTHING = ("--skip-preview", "--expect-no-changes")
COMMAND = (sys.executable, "-m", "cadrart_infra")


@pytest.fixture
def logs(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path)}


def cadrart(shop: Shop, logs: dict[str, str], *arguments: str, yes: bool = True) -> "subprocess.CompletedProcess[str]":
    """The command in the checkout of the shop's stack, with both streams kept."""
    command = [*COMMAND, *arguments, "--stack", shop.stack.name, *(["--yes"] if yes else [])]
    done: subprocess.CompletedProcess[str] = shop.cluster.run(
        command,
        cwd=shop.stack.folder,
        env=logs,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done


def test_a_release_a_switch_and_a_rollback_leave_nothing_for_pulumi_up(shop: Shop, logs: dict[str, str]) -> None:
    active, staging = colors(shop)
    before = shop.who_serves()["backend-test-proxy"]["release"]
    version = another_image(shop, "backend", staging).rpartition(":")[2]
    release = cadrart(shop, logs, "release", "backend", version)
    assert release.returncode == 0, release.stdout
    assert f"backend {before} → {version}" in release.stdout.replace("backend:", "")
    assert_release(shop, "backend", version)
    shop.up(*NOTHING)

    with production_unharmed(shop):
        switch = cadrart(shop, logs, "switch", staging, "--from", active)
    assert switch.returncode == 0, switch.stdout
    assert f"switch: production {active} → {staging}" in switch.stdout
    assert "The way back: cadrart rollback" in switch.stdout
    shop.up(*NOTHING)
    assert_serving(shop, staging)

    with production_unharmed(shop):
        back = cadrart(shop, logs, "rollback")
    assert back.returncode == 0, back.stdout
    assert_converged(shop, active)


def test_a_stack_of_pulumi_up_is_no_change_for_the_command(shop: Shop, logs: dict[str, str]) -> None:
    shop.up()
    preview = cadrart(shop, logs, "preview", "--policies")
    assert preview.returncode == 0, preview.stdout
    assert "Nothing would be written." in preview.stdout
    status = cadrart(shop, logs, "status")
    assert f"production  {colors(shop)[0]}" in status.stdout
    active, staging = colors(shop)
    with changed(shop, activeColor=staging):
        announced = cadrart(shop, logs, "preview")
    assert announced.stdout.count(f"switch: production {active} → {staging}") == 1


def test_a_switch_that_fails_takes_its_setting_back(shop: Shop, logs: dict[str, str]) -> None:
    active, _ = colors(shop)
    shop.stack.config_set("gate.smokeCommand", "exit 7")
    settings = shop.stack.settings_file.read_text()
    try:
        with production_unharmed(shop):
            failed = cadrart(shop, logs, "switch")
        assert failed.returncode == 1, failed.stdout
        assert "it ended with exit status 7" in failed.stdout
        assert "as it was before. To bring the cluster in line with it: pulumi up" in failed.stdout
        assert shop.stack.settings_file.read_text() == settings
        assert f"production  {active}" in failed.stdout
        log = Path(failed.stdout.rpartition("Pulumi's own output: ")[2].strip())
        assert "exit status 7" in log.read_text()
    finally:
        shop.stack.pulumi("config", "rm", "--path", "gate.smokeCommand")
    shop.up()
    assert_converged(shop, active)


_REACHED = """
import sys
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.server import server_endpoint
with server_endpoint(Kubectl(sys.argv[1]), "", "") as endpoint:
    session = Session(endpoint)
    print(endpoint.tls is not None and endpoint.tls.pinned[:27], session.row("SHOW STATUS LIKE 'Ssl_version'")[1])
"""


def test_what_masking_lacks_is_read_from_the_server_whose_certificate_lies_in_its_pod(
    shop: Shop, logs: dict[str, str]
) -> None:
    listed = cadrart(shop, logs, "masking")
    assert listed.returncode == 0, listed.stdout
    masking = yaml.safe_load(listed.stdout)["config"]["cadrart-infra:sync"]["masking"]
    assert masking["columns"] == {"stock.comment": "text"}
    commands = cadrart(shop, logs, "masking", "--commands")
    assert f"pulumi config set --stack {shop.stack.name} --path 'sync.masking." in commands.stdout
    reached = shop.cluster.run(
        [sys.executable, "-c", _REACHED, shop.namespace], stdout=subprocess.PIPE, text=True, check=True
    )
    assert reached.stdout.strip() == "-----BEGIN CERTIFICATE----- TLSv1.3"


def test_without_an_answer_nothing_is_changed(shop: Shop, logs: dict[str, str]) -> None:
    identities, settings = shop.identities(), shop.stack.settings_file.read_text()
    asked = cadrart(shop, logs, "switch", yes=False)
    assert asked.returncode == 1
    assert "Nothing was changed." in asked.stdout
    assert (shop.identities(), shop.stack.settings_file.read_text()) == (identities, settings)


def test_a_stale_checkout_cannot_make_a_release_into_a_switch(shop: Shop, logs: dict[str, str]) -> None:
    active, staging = colors(shop)
    shop.stack.config_set("activeColor", staging)
    try:
        refused = cadrart(shop, logs, "release", "backend", "1.1.0")
    finally:
        shop.stack.config_set("activeColor", active)
    assert refused.returncode == 1
    assert f"activeColor is {staging} in this checkout, but {active} serves production" in refused.stdout


@pytest.mark.usefixtures("hangups_are_reported")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_switch_that_is_asked_to_end_at_the_gate_turns_nothing(
    shop: Shop, logs: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """On a terminal: the signal reaches every process of it, as Ctrl-C does."""
    active, _ = colors(shop)
    reached = tmp_path / "reached"
    shop.stack.config_set("gate.smokeCommand", f"touch {reached}; sleep 8")
    settings = shop.stack.settings_file.read_text()
    try:
        with production_unharmed(shop), on_a_terminal(shop, logs, "switch") as process:
            while not reached.exists():
                assert process.poll() is None
                time.sleep(0.1)
            os.killpg(process.pid, number)
            assert process.wait(120) == 130
        assert colors(shop)[0] == active
        assert shop.stack.settings_file.read_text() == settings
    finally:
        shop.stack.pulumi("config", "rm", "--path", "gate.smokeCommand")
    shop.up()
    assert_converged(shop, active)


@contextlib.contextmanager
def on_a_terminal(shop: Shop, logs: dict[str, str], *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The command with a terminal of its own, whose screen nobody reads."""
    screen, terminal = pty.openpty()
    command = [*COMMAND, *arguments, "--stack", shop.stack.name, "--yes"]
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    process = shop.cluster.popen(command, cwd=shop.stack.folder, env=logs, start_new_session=True, **streams)
    os.close(terminal)
    threading.Thread(target=read_away, args=(screen,), daemon=True).start()
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def read_away(screen: int) -> None:
    """Until the terminal has no user any more; a full one would hold the command up."""
    with contextlib.suppress(OSError):
        while os.read(screen, 4096):
            pass
