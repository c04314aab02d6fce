"""What the status says of a shop, as a document for programs and as lines for people."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.cli.commands.status import status as command
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.target_shop import TargetShop
from cadrart_infra.cluster.kinds import key_of
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.status.drift import find_drift
from cadrart_infra.status.ingress import why_unreached
from cadrart_infra.status.status import read_status
from cadrart_infra.status.text import text
from tests.unit.status.objects import ShopKubectl, server_pod, shop, shop_without_server, slices

BEGAN = "2026-01-04T09:00:00+00:00"


def history(*entries: Entry) -> dict[str, Any]:
    found = History()
    for entry in entries:
        found = found.with_entry(entry)
    return {"kind": "ConfigMap", "metadata": {"name": naming.HISTORY}, "data": found.data()}


def entry(job: Job, outcome: Outcome = Outcome.DONE, **values: Any) -> Entry:
    return Entry(job=job, outcome=outcome, began=BEGAN, seconds=3, who="anna@laptop", **values)


def status(*more: dict[str, Any]) -> dict[str, Any]:
    return status_of([*shop(), *slices(), *more])


def status_of(objects: list[dict[str, Any]]) -> dict[str, Any]:
    kubectl: Any = ShopKubectl(objects)
    document = read_status(kubectl)
    assert json.loads(json.dumps(document)) == document
    return document


def test_the_document_keeps_its_shape() -> None:
    document = status()
    assert list(document) == [
        "version", "time", "namespace", "context", "production", "serving", "unanswered", "unreached", "wrongPorts",
        "stagingCopy", "backup", "lease", "boost", "server", "drift", "history",
    ]  # fmt: skip
    assert document["version"] == 1
    production, staging = document["serving"]
    assert (document["production"], production["environment"], staging["environment"]) == (
        "blue",
        "production",
        "staging",
    )
    assert production["workloads"]["backend"] == {
        "colors": ["blue"],
        "images": ["shop/backend:1"],
        "digests": ["sha256:bluebackend"],
        "databases": ["atelier-cadrart"],
        "pods": 1,
        "oldestPod": "2026-01-02T10:00:00Z",
    }
    assert production["since"] == "2026-01-01T10:00:00.000+00:00"
    assert (document["stagingCopy"], document["backup"], document["lease"]) == (None, None, None)
    assert (document["boost"], document["drift"], document["history"]) == ([], [], [])
    assert document["unanswered"] == []


def _with_database_selector(selector: dict[str, str]) -> list[dict[str, Any]]:
    objects = shop()
    next(one for one in objects if key_of(one) == "service/db")["spec"]["selector"] = selector
    return objects


@pytest.mark.parametrize(
    ("namespace", "unanswered"),
    [
        (shop(), ["backend-prod-proxy", "frontend-prod-proxy"]),
        ([*shop_without_server(), *slices()], ["db"]),
        ([*shop_without_server(), server_pod(ready=False), *slices()], ["db"]),
        ([*(one for one in shop() if key_of(one) != "service/db"), *slices()], ["db"]),
        ([*_with_database_selector({"io.kompose.service": "other"}), *slices()], ["db"]),
        ([*_with_database_selector({}), *slices()], ["db"]),
        ([], []),
    ],
    ids=[
        "no pods",
        "no server",
        "a server that is not ready",
        "no Service of the database",
        "one that leads elsewhere",
        "one that leads nowhere",
        "no shop",
    ],
)
def test_production_that_does_not_answer_comes_first(
    namespace: list[dict[str, Any]],
    unanswered: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A namespace without a shop has nobody who should."""
    kubectl: Any = ShopKubectl(namespace)
    assert sorted(read_status(kubectl)["unanswered"]) == unanswered
    monkeypatch.setattr("cadrart_infra.cli.commands.status.target_shop", lambda *_: TargetShop(kubectl))
    monkeypatch.setattr("cadrart_infra.cli.commands.status.require_answer", lambda _: None)
    for json_wanted in (True, False):
        options = argparse.Namespace(json=json_wanted, stack="", namespace="shop", context="")
        assert command(options, Page(sys.stdout, live=False)) == (1 if unanswered else 0)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("PRODUCTION DOES NOT ANSWER")]
    assert sorted(lines) == [f"PRODUCTION DOES NOT ANSWER: {proxy} leads to no ready pod" for proxy in unanswered]


def test_a_shop_of_which_nearly_all_was_deleted_does_not_answer_and_one_that_was_destroyed_need_not() -> None:
    left = [one for one in shop() if one["kind"] == "Deployment"]
    installed, destroyed = entry(Job.FIRST_INSTALL), replace(entry(Job.DESTROY), began="2026-01-04T09:30:00+00:00")
    for objects, done, unanswered in (
        (left, [], 0),
        ([*left, *(one for one in shop() if one["metadata"]["name"] == "backend-prod-proxy")], [], 3),
        (left, [installed], 3),
        (left, [installed, destroyed], 0),
        (left, [replace(destroyed, began="2026-01-04T08:00:00+00:00"), installed], 3),
    ):
        kubectl: Any = ShopKubectl([*objects, history(*done)])
        document = read_status(kubectl)
        assert (len(document["unanswered"]), len(document["unreached"])) == (unanswered, bool(unanswered))


def test_what_was_done_comes_from_the_history() -> None:
    made = {"snapshot": "2026-01-04T08:00:00+00:00", "production": "atelier-cadrart", "masked": True}
    document = status(
        history(
            entry(Job.SYNC, facts=made),
            entry(Job.BACKUP, facts={"name": "20260101-blue", "bytes": 2048}),
            *(entry(Job.SWITCH, Outcome.FAILED, what=str(number), detail="why") for number in range(12)),
        )
    )
    assert len(document["history"]) == 10
    assert document["stagingCopy"]["snapshot"] == made["snapshot"]
    shown = text(document)
    assert "staging's copy: of atelier-cadrart as it was 2 hours ago, masked, by anna@laptop" in shown
    assert "newest backup: 20260101-blue, 2.0 KiB, made 60 min ago" in shown
    assert "60 min ago: switch failed (11): by anna@laptop, program unknown, 3 s; why" in shown


def test_people_see_who_serves_with_digests_and_ages() -> None:
    shown = " ".join(text(status()).split())
    assert "production blue backend backend:1 bluebackend atelier-cadrart 1 2 days ago 3 days ago" in shown
    assert "the Lease: nobody changes the shop now" in text(status())
    assert "no history yet" in text(status())


def test_the_server_is_named_by_what_was_pulled_too() -> None:
    assert "database server: no pod" in text(status_of(shop_without_server()))
    pod = {
        "kind": "Pod",
        "metadata": {"name": "db-1", "labels": dict(naming.DATABASE_LABELS)},
        "spec": {"containers": [{"name": "db", "image": "mysql:8.4"}]},
        "status": {"containerStatuses": [{"name": "db", "imageID": "docker.io/library/mysql@sha256:abc"}]},
    }
    document = status_of([*shop_without_server(), pod])
    assert document["server"] == {"images": ["mysql:8.4"], "digests": ["sha256:abc"]}
    assert "database server: mysql:8.4 sha256:abc" in text(document)


def test_limits_that_are_still_raised_are_said() -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "db-1", "labels": {}, "annotations": {naming.LIMITS_BEFORE: '{"cpu": "500m"}'}},
        "spec": {"containers": [{}]},
    }
    document = status(pod)
    assert document["boost"] == [{"pod": "db-1", "limitsBefore": {"cpu": "500m"}}]
    assert "limits of pod db-1 are raised" in text(document)


def test_what_looks_further_is_named_where_there_is_a_shop() -> None:
    kubectl: Any = ShopKubectl(shop())
    assert "every field, and the database server: cadrart preview" in text(read_status(kubectl))


def test_while_somebody_holds_the_lease_what_is_on_its_way_is_not_called_drift() -> None:
    document = status() | {"drift": [{"object": "service/db", "problem": "is away"}]}
    assert "\nnot as the program left it:\n" in text(document)
    lease = {"who": "anna", "doing": "pulumi up", "since": document["time"]}
    assert "\nnot as the program left it, or the run that holds the Lease is at it:\n" in text(
        document | {"lease": lease}
    )


def test_a_namespace_without_a_shop_is_not_said_to_be_as_it_was_left() -> None:
    nothing: Any = ShopKubectl([])
    shown = text(read_status(nothing))
    assert "there is no shop in this namespace" in shown
    assert "nothing seen" not in shown


@pytest.mark.parametrize(
    ("lost", "problems"),
    [
        (
            lambda spec: spec.pop("ingressClassName"),
            ["names no ingress class, so that its controller may lead nobody in"],
        ),
        (lambda spec: spec["rules"].pop(0), ["leads no host to production"]),
        (lambda spec: spec.pop("rules"), ["leads no host to production", "leads no host to staging"]),
        (lambda spec: spec["rules"][0].pop("host"), ["leads to production without a host"]),
        (lambda spec: spec["tls"][0]["hosts"].pop(0), ["has no certificate for shop.example.com"]),
        (
            lambda spec: spec["rules"][0]["http"]["paths"].pop(0),
            ["does not lead shop.example.com/ to port 8080 of frontend-prod-proxy"],
        ),
        (
            lambda spec: spec["rules"][0]["http"]["paths"][2]["backend"]["service"].update(name="backend-test-proxy"),
            ["does not lead shop.example.com/api to port 3000 of backend-prod-proxy"],
        ),
    ],
)
def test_what_the_ingress_has_lost_is_named(lost: Callable[[dict[str, Any]], Any], problems: list[str]) -> None:
    objects = shop()
    (ingress,) = [item for item in objects if item["kind"] == "Ingress"]
    lost(ingress["spec"])
    assert find_drift(objects, {}) == [{"object": "ingress/cadrart-ingress", "problem": one} for one in problems]
    away = [one for one in problems if one.startswith(("leads no host to production", "does not lead"))]
    assert list(why_unreached(ingress)) == away


@pytest.mark.parametrize(
    "lost", [lambda ingress: ingress["spec"].pop("rules"), lambda ingress: ingress.update(kind="")]
)
def test_no_visitor_reaching_production_is_no_success(
    lost: Callable[[dict[str, Any]], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = shop()
    lost(next(item for item in objects if item["kind"] == "Ingress"))
    kubectl: Any = ShopKubectl([*objects, *slices()])
    monkeypatch.setattr("cadrart_infra.cli.commands.status.target_shop", lambda *_: TargetShop(kubectl))
    monkeypatch.setattr("cadrart_infra.cli.commands.status.require_answer", lambda _: None)
    options = argparse.Namespace(json=False, stack="", namespace="shop", context="")
    assert command(options, Page(sys.stdout, live=False)) == 1
    assert "VISITORS DO NOT REACH PRODUCTION: ingress/cadrart-ingress " in capsys.readouterr().out


def test_settings_that_no_update_could_use_are_reported_after_what_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kubectl: Any = ShopKubectl([*shop(), *slices()])
    home = "cadrart_infra.cli.commands.status"
    monkeypatch.setattr(f"{home}.target_shop", lambda *_: TargetShop(kubectl, "foo is not a known key"))
    monkeypatch.setattr(f"{home}.require_answer", lambda _: None)
    options = argparse.Namespace(json=True, stack="prod", namespace="", context="")
    assert command(options, Page(sys.stdout, live=False)) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["production"] == "blue"
    assert said.err == "error: foo is not a known key\n"
