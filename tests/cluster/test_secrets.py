"""What people do to Secrets: a value is changed in one, a generated one is deleted, an update in between is killed."""

import base64
import json
import re
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from cadrart_infra.mysql import sql
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.followed_update import Step, followed_update, unlock

ACCESS_DENIED = 1045


def test_changed_values_reach_the_server_and_the_pods_with_no_request_failed(shop: Shop) -> None:
    active, _ = colors(shop)
    before, account, sync = snapshots(shop), shop.account("cadrart-secret"), shop.account("cadrart-database-sync")
    change(shop, "cadrart-secret", DATABASE_PASSWORD="an'other\\password", DATABASE_ROOT_PASSWORD="another-root")
    change(shop, "cadrart-database-sync", DATABASE_PASSWORD="another-sync")
    change(shop, "cadrart-metrics-secret", **{"metrics-api-key": "another-key"})
    said = shop.pulumi("preview").stdout
    assert_shown(said, "rotation: DATABASE_PASSWORD of cadrart-secret", f"backend-{active}", "takes both passwords")
    assert_shown(said, "DATABASE_ROOT_PASSWORD of cadrart-secret", "metrics-api-key of cadrart-metrics-secret")
    assert_shown(said, "DATABASE_PASSWORD of cadrart-database-sync")

    with production_unharmed(shop):
        printed = shop.up().stdout

    assert_shown(printed, "the former password of atelier-cadrart is discarded")
    assert login(shop, account) == ACCESS_DENIED
    assert login(shop, shop.account("cadrart-secret")) == 0
    assert login(shop, sync) == ACCESS_DENIED
    assert login(shop, {**sync, "password": "another-sync"}) == 0
    after = snapshots(shop)
    assert not set(before.values()) & set(after.values())
    assert before.keys() == after.keys()
    secrets = shop.get("secrets")
    assert not [f"secret/{name}" for name in before.values() if f"secret/{name}" in secrets]
    for name in after.values():
        assert secrets[f"secret/{name}"]["immutable"]
        assert set(shop.secret(name)) == {
            *("DATABASE_USER", "DATABASE_PASSWORD", "JWT_SECRET", "TEST_ENDPOINT_SECRET", "metrics-api-key")
        }
    assert_nowhere(shop, printed, "another-key", "another-root", "another-sync", "an'other")
    assert entries(shop)[1]["job"] == "rotation"
    assert_converged(shop, active)


def test_generated_secrets_that_were_deleted_are_made_again(shop: Shop) -> None:
    active, inactive = colors(shop)
    names = ("cadrart-database-stg", "cadrart-database-sync", "cadrart-tokens-stg")
    before = {name: shop.secret(name) for name in names}
    pods, used = shop.pods(), snapshots(shop)
    shop.kubectl("delete", "secret", *names, used[f"backend-{active}"])
    assert_shown(shop.pulumi("preview").stdout, "Secret cadrart-database-stg is missing", f"backend-{inactive} roll")
    gone = f"secret/{used[f'backend-{active}']} is not in the cluster"
    assert_shown(shop.program("status").stdout, f"{gone}, and no new pod of backend-{active} can start without it")

    with production_unharmed(shop):
        shop.up()

    for name, values in before.items():
        assert set(shop.secret(name).items()) & set(values.items()) <= {("DATABASE_USER", values.get("DATABASE_USER"))}
    for name in names[:2]:
        assert login(shop, shop.account(name)) == 0
    assert login(shop, {"user": "atelier-cadrart-stg", "password": before[names[0]]["DATABASE_PASSWORD"]})
    assert f"secret/{used[f'backend-{active}']}" in shop.get("secrets")  # made again, as the pods have it
    kept = {name for name in pods if f"-{active}-" in name}
    assert kept <= shop.pods().keys()
    assert_converged(shop, active)


def test_secrets_of_the_shop_that_were_deleted_are_made_again_by_the_command_that_is_named(shop: Shop) -> None:
    """Nobody has to know the values: they are those in use."""
    names = ("cadrart-secret", "cadrart-metrics-secret")
    before = {name: shop.get("secrets")[f"secret/{name}"] for name in names}
    shop.kubectl("delete", "secret", *names)
    try:
        refused = shop.pulumi("preview", check=False)
        assert refused.returncode != 0
        assert_shown(shop.program("status").stdout, *(f"secret/{name} is not in the cluster" for name in names))
        for command in re.findall(r"nothing is shown: (.+)", refused.stdout):
            shop.cluster.run(["bash", "-c", command], check=True, stdout=subprocess.DEVNULL)
        secrets = shop.get("secrets")
        assert {name: secrets[f"secret/{name}"]["data"] for name in names} == {
            name: secret["data"] for name, secret in before.items()
        }
        shop.up("--expect-no-changes")
    finally:
        for name in {f"secret/{name}" for name in names} - shop.get("secrets").keys():
            secret = before[name.removeprefix("secret/")]
            manifest = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": secret["metadata"]["name"]}}
            shop.kubectl("create", "-f", "-", stdin=json.dumps({**manifest, "data": secret["data"]}))


def test_a_password_that_was_changed_on_the_server_is_reported_and_put_right_but_production_s(shop: Shop) -> None:
    """Connections that are open go on, so that nothing else shows it before the next pod."""
    active, _ = colors(shop)
    staging, production = shop.account("cadrart-database-stg"), shop.account("cadrart-secret")
    by_hand = "changed on the database server by hand: the password of "
    with production_unharmed(shop):
        shop.as_root("ALTER USER `atelier-cadrart-stg`@`%` IDENTIFIED BY 'by-hand'")
        assert login(shop, staging)
        assert_shown(shop.pulumi("preview").stdout, f"{by_hand}atelier-cadrart-stg. ")
        shop.up()
        assert login(shop, staging) == 0
    assert_converged(shop, active)

    shop.as_root("ALTER USER `atelier-cadrart`@`%` IDENTIFIED BY 'by-hand'")
    try:
        assert_shown(shop.pulumi("preview").stdout, f"{by_hand}atelier-cadrart. ")
        refused = shop.up(check=False)
        assert refused.returncode != 0
        assert_shown(
            refused.stdout, "refuses the production account atelier-cadrart with DATABASE_PASSWORD of the Secret"
        )
    finally:
        shop.as_root(f"ALTER USER `atelier-cadrart`@`%` IDENTIFIED BY {sql.string(production['password'])}")
    shop.up()
    assert by_hand not in assert_converged(shop, active)


def test_a_change_that_was_killed_in_between_is_ended_by_the_next_update(shop: Shop) -> None:
    """Also where the value is another one by then, and the pods have the one before."""
    active, _ = colors(shop)
    account = shop.account("cadrart-secret")
    change(shop, "cadrart-secret", DATABASE_PASSWORD="killed-in-between", JWT_SECRET="another-token-key")
    with production_unharmed(shop):
        killed_at(shop, Step(f"backend-{active}", "starts"))
        assert_both_are_good(shop, account, "killed-in-between")
        unlock(shop)
        killed_at(shop, Step(f"backend-{active}", "ends"))  # all of its pods have the new value now
        assert_both_are_good(shop, account, "killed-in-between")
        change(shop, "cadrart-secret", DATABASE_PASSWORD="changed-again")
        unlock(shop)
        shop.up()
    for former in (account["password"], "killed-in-between"):
        assert login(shop, {**account, "password": former}) == ACCESS_DENIED
    assert login(shop, {**account, "password": "changed-again"}) == 0
    assert_converged(shop, active)


def killed_at(shop: Shop, step: Step) -> None:
    """An update that gets no further."""
    with followed_update(shop) as update:
        update.wait_for(step)
        update.send(signal.SIGKILL)
        update.wait()


def assert_both_are_good(shop: Shop, account: Mapping[str, str], new: str) -> None:
    """The server lets pods in with the former password and with the new one."""
    for password in (account["password"], new):
        assert login(shop, {**account, "password": password}) == 0


def change(shop: Shop, secret: str, **values: str) -> None:
    """Through standard input: a password must not stand in an argument list."""
    data = {"data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}}
    shop.kubectl("patch", "secret", secret, "--type=merge", "--patch-file=/dev/stdin", stdin=json.dumps(data))


def snapshots(shop: Shop) -> dict[str, str]:
    """The Secret that each backend's pods are bound to; all variables come from one."""
    found = {}
    for key, deployment in shop.get("deployments").items():
        if key.startswith("deployment/backend-"):
            variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
            references = [one["valueFrom"].get("secretKeyRef") for one in variables if "valueFrom" in one]
            (name,) = {one["name"] for one in references if one}
            found[key.removeprefix("deployment/")] = name
    return found


def login(shop: Shop, account: Mapping[str, str]) -> int:
    """0, or the number of the server's error."""
    (result,) = shop.sql(account, "SELECT 1")
    return 0 if isinstance(result, list) else int(result)


def assert_nowhere(shop: Shop, printed: str, *values: str) -> None:
    """Neither in what an update prints nor in the state, nor in any object but Secrets."""
    exported = shop.pulumi("stack", "export", "--show-secrets").stdout
    objects = json.dumps(shop.get("configmaps,deployments,events"))
    for value in values:
        assert value not in printed + exported + objects


def entries(shop: Shop) -> list[dict[str, Any]]:
    """The history, the newest first."""
    data = shop.get("configmaps")["configmap/cadrart-history"]["data"]["entries"]
    return [json.loads(line) for line in data.splitlines()]
