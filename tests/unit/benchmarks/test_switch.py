"""What the benchmark of switches derives from what it saw."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.switch import report
from benchmarks.switch.picture import Panel, classify, columns, svg
from benchmarks.switch.pods import PodTimes
from benchmarks.switch.records import Request, between, longest_gap, mixed, on_new_color, read
from benchmarks.switch.trial import PREVIEW, ROLLBACK_WARM, SWITCH, Taken, Trial, typical

FRONTEND, BACKEND = "frontend-prod-proxy", "backend-prod-proxy"


def answered(proxy: str, start: float, color: str = "blue", mode: str = "fresh", **more: str) -> Request:
    return Request(proxy, mode, start, start + 0.01, color, "atelier-cadrart", **more)


SWITCHED = [
    answered(FRONTEND, 1),
    answered(BACKEND, 1),
    answered(FRONTEND, 2, "green"),
    answered(BACKEND, 2.5),
    answered(BACKEND, 3, "green"),
    answered(BACKEND, 9, "blue", mode="keep-alive"),
]


def test_records_are_read_without_events_of_websockets(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text(
        '{"target":"b","mode":"fresh","method":"GET","start":"2026-01-01T01:00:00.5+01:00","latency_ms":20,'
        '"status":200,"color":"green","database":"shop"}\n'
        '{"target":"b","mode":"websocket","method":"message","start":"2026-01-01T00:00:00.1Z","latency_ms":1}\n'
        '{"target":"a","mode":"keep-alive","method":"GET","start":"2026-01-01T00:00:00.123456789Z","latency_ms":3,'
        '"error":"timeout"}\n'
    )
    first, second = read(file)
    assert (first.proxy, first.error, first.color) == ("a", "timeout", "")
    assert second.start == pytest.approx(1767225600.5)
    assert second.end == pytest.approx(1767225600.52)
    assert (second.color, second.database) == ("green", "shop")


def test_production_has_turned_when_both_proxies_have_answered_a_fresh_connection() -> None:
    assert on_new_color(SWITCHED, "green") == pytest.approx(3.01)


def test_production_has_not_turned_while_one_proxy_has_not() -> None:
    assert on_new_color(SWITCHED[:4], "green") is None


def test_an_error_is_no_answer_of_the_new_color() -> None:
    failed = answered(BACKEND, 2.2, "green", error="status 503")
    assert on_new_color([*SWITCHED, failed], "green") == pytest.approx(3.01)


def test_both_colors_at_once_counts_fresh_connections_only() -> None:
    assert mixed(SWITCHED, "green") == pytest.approx(0.5)
    assert mixed([answered(FRONTEND, 1), answered(BACKEND, 2, "green")], "green") == 0
    assert mixed([answered(FRONTEND, 1)], "green") == 0


def test_the_longest_gap_counts_the_edges_and_no_errors() -> None:
    requests = [
        answered(BACKEND, 2),
        answered(BACKEND, 5, error="timeout"),
        answered(BACKEND, 6),
        answered(FRONTEND, 9),
    ]
    assert longest_gap(requests, BACKEND, 0, 7) == pytest.approx(4.0)
    assert longest_gap(requests, BACKEND, 0, 20) == pytest.approx(20 - 6.01)
    assert longest_gap([], BACKEND, 1, 4) == 3


def test_between_takes_the_beginning_and_not_the_end() -> None:
    assert [each.start for each in between(SWITCHED, 2, 3)] == [2, 2.5]


def event(uid: str, color: str, ready: bool) -> dict[str, Any]:
    container = {"env": [{"name": "DEPLOYMENT_COLOR", "value": color}]}
    conditions = [{"type": "Ready", "status": str(ready)}]
    metadata, spec, status = {"uid": uid}, {"containers": [container]}, {"conditions": conditions}
    return {"type": "MODIFIED", "object": {"kind": "Pod", "metadata": metadata, "spec": spec, "status": status}}


def test_what_pods_need_is_the_slowest_of_the_new_ones() -> None:
    times = PodTimes()
    times.hear(event("old", "green", True), 1)
    times.hear(event("front", "green", False), 10)
    times.hear(event("back", "green", False), 10.5)
    times.hear(event("other", "blue", False), 11)
    times.hear(event("front", "green", True), 12)
    assert times.needed("green", 5, 20) is None
    times.hear(event("back", "green", True), 14)
    times.hear(event("back", "green", True), 19)
    assert times.needed("green", 5, 20) == pytest.approx(3.5)
    assert times.needed("green", 30, 40) is None


def taken(kind: str, to_production: float, pods: float | None = 2.0) -> Taken:
    return Taken(kind, "green", 100, to_production + 3, to_production, pods, 0.04, 0.5)


def tried(name: str, steps: list[Taken], **more: Any) -> Trial:
    counts = {"failed": 0, "wrong_production": 0, "wrong_staging": 0, "stray_rows": 0, "lost_rows": 0}
    return Trial(name, steps, requests=1234, longest_gap=0.0456, **{**counts, **more})


def test_the_ratio_is_time_over_what_the_pods_need() -> None:
    assert taken(SWITCH, 5).ratio == 2.5
    assert taken(SWITCH, 5, None).ratio is None


def test_the_typical_step_is_the_one_in_the_middle() -> None:
    assert typical([taken(SWITCH, seconds) for seconds in (9, 1, 4)]).to_production == 4


def test_the_report_has_a_column_a_trial_and_says_what_is_missing() -> None:
    ours = tried(
        "ours",
        [taken(SWITCH, 4), taken(SWITCH, 6), taken(SWITCH, 5), taken(ROLLBACK_WARM, 1, None)],
        looks={PREVIEW: 1.24},
    )
    peer = tried("peer", [taken(SWITCH, 8)], wrong_staging=None, failed=7, errors={"timeout": 7})
    text = report.markdown(report.Run([ours, peer], {"third": "it did not build"}, 3.21, 100, "a machine"))
    assert "| start until production is on the new colour, s | 5.0 (6.0) | 8.0 |" in text
    assert "| start until production is on the new colour, over what the pods need, s | 3.0 (4.0) | 6.0 |" in text
    assert "| ratio of the first two | 2.50 (3.00) | 4.00 (4.00) |" in text
    assert "| preview with nothing to change, s | 1.2 | – |" in text
    assert "| who serves what, s | – | – |" in text
    assert "| rollback, warm: until production is back, s | 1.0 | – |" in text
    assert "| **failed requests of production**, websockets included | 0 | 7 |" in text
    assert "| **staging's requests on production's database** | 0 | – |" in text
    assert "- third: not measured, it did not build" in text
    assert "- peer, errors in production: 7 × timeout" in text


def test_requests_are_classed_by_error_color_and_database() -> None:
    assert classify(answered(BACKEND, 1, error="timeout")) == "error"
    assert classify(answered(BACKEND, 1)) == "blue-production"
    assert classify(Request(BACKEND, "fresh", 1, 1, "green", "atelier-cadrart-stg")) == "green-staging"


def test_columns_count_from_the_start_of_the_command() -> None:
    requests = [answered(BACKEND, at) for at in (98.9, 99.9, 100.0, 100.2, 100.3, 103)]
    counted = {number: dict(counts) for number, counts in columns(requests, 100, -1, 2).items()}
    assert counted == {-1: {"blue-production": 1}, 0: {"blue-production": 2}, 1: {"blue-production": 1}}


def test_the_picture_is_svg_with_a_bar_for_each_class_and_column() -> None:
    requests = [answered(BACKEND, 100), answered(BACKEND, 100.1, "green"), answered(BACKEND, 101, error="timeout")]
    picture = svg("Blue & green", [Panel("production", requests, 100, [(1, "turned"), (50, "outside")])], -2, 4, 100)
    root = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    bars = [each.get("class") for each in root.iter(f"{space}rect") if float(each.get("y", 0)) > 60]
    assert bars == ["blue-production", "green-production", "error"]
    words = [each.text for each in root.iter(f"{space}text")]
    assert "turned" in words
    assert "outside" not in words
    assert "Blue & green" in words
