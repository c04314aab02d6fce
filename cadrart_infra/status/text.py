"""The status for people (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cadrart_infra import naming
from cadrart_infra.backup.backups import readable_size
from cadrart_infra.cluster.pods import short_digest
from cadrart_infra.history.entry import Entry
from cadrart_infra.relative_time import ago
from cadrart_infra.text_table import aligned

Document = Mapping[str, Any]
_INGRESS = f"ingress/{naming.INGRESS}"


def text(status: Document) -> str:
    """The document in lines, ages by the API server's clock."""
    now = datetime.fromisoformat(status["time"])
    return "\n".join(
        [
            f"who serves what, as the cluster says ({now:%Y-%m-%d %H:%M:%S} UTC, namespace {status['namespace']})",
            *_table(status, now),
            *(f"PRODUCTION DOES NOT ANSWER: {proxy} leads to no ready pod" for proxy in status["unanswered"]),
            *(f"PRODUCTION DOES NOT ANSWER: {one['proxy']} {one['problem']}" for one in status["wrongPorts"]),
            *(f"VISITORS DO NOT REACH PRODUCTION: {_INGRESS} {why}" for why in status["unreached"]),
            f"staging's copy: {_copy(status['stagingCopy'], now)}",
            f"newest backup: {_backup(status['backup'], now)}",
            f"database server: {_server(status['server'])}",
            f"the Lease: {_lease(status['lease'], now)}",
            *(f"limits of pod {one['pod']} are raised; before: {one['limitsBefore']}" for one in status["boost"]),
            *_drift(status),
            *_history(status, now),
        ]
    )


def _table(status: Document, now: datetime) -> Iterator[str]:
    rows = [("", "colour", "workload", "release", "digest", "database", "pods", "oldest pod", "since")]
    for serving in status["serving"]:
        name = "standby" if serving["standby"] else serving["environment"]
        for workload, pods in serving["workloads"].items():
            rows.append(
                (
                    name,
                    _joined(pods["colors"]) or "nobody",
                    workload,
                    _joined(map(naming.release_of, pods["images"])),
                    _joined(map(short_digest, pods["digests"])),
                    _joined(pods["databases"]) or "-",
                    str(pods["pods"]),
                    _age(pods["oldestPod"], now),
                    _age(serving["since"], now),
                )
            )
    return aligned(rows)


def _copy(copy: Document | None, now: datetime) -> str:
    if copy is None:
        return "nothing is recorded of one"
    masked = "masked" if copy.get("masked") else "not masked"
    return f"of {copy.get('production')} as it was {_age(copy.get('snapshot'), now)}, {masked}, by {copy['who']}"


def _backup(backup: Document | None, now: datetime) -> str:
    if backup is None:
        return "none is recorded"
    return f"{backup.get('name')}, {readable_size(int(backup.get('bytes', 0)))}, made {_age(backup['began'], now)}"


def _server(server: Document) -> str:
    """The server's image with its whole digest, ready for `database.image`."""
    return " ".join([_joined(server["images"]) or "no pod", *server["digests"]])


def _lease(lease: Document | None, now: datetime) -> str:
    if lease is None:
        return "nobody changes the shop now"
    return f"{lease['who']} holds it for {lease['doing']}, since {_age(lease['since'], now)}"


def _drift(status: Document) -> Iterator[str]:
    found = status["drift"]
    if not found and not status["production"] and not status["server"]["images"]:
        yield "there is no shop in this namespace; another one: --stack NAME, or --namespace NAME"
        return
    # Fields that the settings declare, a disruption budget and what is on the database server need Pulumi's program.
    under_way = ", or the run that holds the Lease is at it" if status["lease"] else ""
    yield f"not as the program left it{under_way}:" if found else "nothing seen that is not as the program left it"
    yield from (f"  {one['object']} {one['problem']}" for one in found)
    yield "  every field, and the database server: cadrart preview"


def _history(status: Document, now: datetime) -> Iterator[str]:
    yield "history:" if status["history"] else "no history yet"
    for found in status["history"]:
        entry = Entry.parse(found)
        times = f", {entry.times} times" if entry.times > 1 else ""
        yield f"  {ago(entry.moment, now)}: {entry.sentence()}{times}"


def _age(time: str | None, now: datetime) -> str:
    return ago(datetime.fromisoformat(time), now) if time else "-"


def _joined(values: Any) -> str:
    return " + ".join(values)
