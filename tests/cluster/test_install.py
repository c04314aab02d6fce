"""First install, and everything that must change nothing afterwards."""

import base64
import contextlib
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from cadrart_infra import accounts as database_accounts
from cadrart_infra.model import Color
from sandbox.shop.handle import Shop
from sandbox.shop.stack import Stack, copy_program
from tests.cluster.conftest import Installed
from tests.cluster.shop import assert_serving

_SECRET = re.compile("PASSWORD|SECRET|KEY|api-key")
NOTHING = ("--skip-preview", "--expect-no-changes")


def active(shop: Shop) -> str:
    return str(shop.stack.outputs()["activeColor"])


def test_every_proxy_answers_from_its_own_environment(shop: Shop) -> None:
    assert_serving(shop, active(shop))


def test_a_second_update_and_a_preview_change_nothing(shop: Shop) -> None:
    identities, pods = shop.identities(), shop.pods()
    shop.pulumi("preview", "--expect-no-changes")
    shop.pulumi("up", "--yes", *NOTHING)
    assert (shop.identities(), shop.pods()) == (identities, pods)


def test_the_outputs_say_who_serves_what(shop: Shop) -> None:
    outputs = shop.stack.outputs()
    other = Color(outputs["activeColor"]).other.value
    assert outputs["roles"] == {outputs["activeColor"]: "production", other: "staging"}
    assert outputs["namespace"] == shop.namespace


def test_the_init_script_ran_on_the_empty_volume(installed: Installed) -> None:
    shop = installed.shop
    assert "/docker-entrypoint-initdb.d/init-databases.sql" in installed.server_log
    charsets = shop.as_root(
        "SELECT schema_name, default_character_set_name, default_collation_name FROM information_schema.schemata "
        "WHERE schema_name IN ('atelier-cadrart', 'atelier-cadrart-stg') ORDER BY schema_name",
    )
    assert charsets == [
        [database, "utf8mb4", "utf8mb4_unicode_ci"] for database in ("atelier-cadrart", "atelier-cadrart-stg")
    ]


def test_accounts_are_refused_on_each_other_s_database(shop: Shop) -> None:
    production, staging = shop.account("cadrart-secret"), shop.account("cadrart-database-stg")
    reads = ("SELECT COUNT(*) FROM `atelier-cadrart`.client", "SELECT COUNT(*) FROM `atelier-cadrart-stg`.client")
    allowed, refused = shop.sql(production, *reads)
    assert isinstance(allowed, list)
    assert refused == 1142
    refused, allowed = shop.sql(staging, *reads)
    assert refused == 1142
    assert isinstance(allowed, list)


def test_a_row_written_through_production_is_in_production_alone(shop: Shop) -> None:
    answer = shop.post("backend-prod-proxy", "/api/clients", {"reference": "written-once"})
    assert answer["database"] == "atelier-cadrart"
    counts = shop.as_root(
        "SELECT COUNT(*) FROM `atelier-cadrart`.client WHERE company = 'written-once'",
        "SELECT COUNT(*) FROM `atelier-cadrart-stg`.client WHERE company = 'written-once'",
    )
    assert counts == [["1"], ["0"]]


def test_a_tester_cannot_delete_production_s_pictures(shop: Shop) -> None:
    picture = "/static/frame.json"
    assert "error" not in shop.put("backend-prod-proxy", picture, {"frame": "oak"})
    assert "error" in shop.fetch("backend-test-proxy", picture)
    assert "error" not in shop.put("backend-test-proxy", picture, {"frame": "plastic"})
    shop.fetch("backend-test-proxy", picture, method="DELETE")
    assert "error" in shop.fetch("backend-test-proxy", picture)
    assert shop.fetch("backend-prod-proxy", picture) == {"frame": "oak"}


def test_state_and_output_hold_no_password(shop: Shop) -> None:
    exported = shop.pulumi("stack", "export", "--show-secrets").stdout
    printed = shop.pulumi("preview", "--diff").stdout
    for place, value in secret_values(shop).items():
        for form in (value, base64.b64encode(value.encode()).decode()):
            assert form not in exported, f"{place} is in the state"
            assert form not in printed, f"{place} is printed"


def test_no_list_of_arguments_holds_a_password(shop: Shop) -> None:
    """Every user of a machine may read those; an update with a sync, looked at all the while."""
    shop.stack.config_set("sync.request", "arguments")
    with arguments_of_processes() as seen:
        shop.up()
    assert any("kubectl" in one for one in seen)
    found = {place for place, value in secret_values(shop).items() if any(value in one for one in seen)}
    assert found == set()


def secret_values(shop: Shop) -> dict[str, str]:
    """What is secret in the namespace, by Secret and key."""
    names = [key.partition("/")[2] for key in shop.get("secrets")]
    values = {f"{key} of {name}": value for name in names for key, value in shop.secret(name).items()}
    found = {place: value for place, value in values.items() if value and _SECRET.search(place.partition(" of ")[0])}
    assert {"JWT_SECRET of cadrart-tokens-stg", "DATABASE_PASSWORD of cadrart-database-sync"} <= found.keys()
    return found


@contextlib.contextmanager
def arguments_of_processes() -> Iterator[set[str]]:
    """The command lines of this machine's processes, of those in pods too, some dozen times a second."""
    seen, ended = set[str](), threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.add(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


def test_another_checkout_and_edited_code_change_nothing(shop: Shop, tmp_path: Path) -> None:
    elsewhere = copy_program(tmp_path / "elsewhere")
    for module in (elsewhere / database_accounts.__name__.replace(".", "/")).glob("*.py"):
        module.write_text(module.read_text() + "\n# an edit that changes nothing\n")
    shutil.copy(shop.stack.settings_file, elsewhere)
    there = Shop(shop.cluster, Stack(shop.cluster, shop.stack.name, elsewhere), shop.namespace)
    identities, pods = shop.identities(), shop.pods()
    there.pulumi("preview", "--expect-no-changes")
    there.pulumi("up", "--yes", *NOTHING)
    assert (shop.identities(), shop.pods()) == (identities, pods)
