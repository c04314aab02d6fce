"""Old pods: they serve their open connections to the end, and nobody waits for them."""

import contextlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cadrart_infra.components.drain import GRACE
from cadrart_infra.model import Color
from sandbox.paths import REPOSITORY
from sandbox.shop import answers as sandbox_answers
from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop
from sandbox.shop.traffic import traffic
from tests.cluster.assertions import assert_production_unharmed, assert_rows_where_they_belong
from tests.cluster.shop import DRAIN, assert_serving

Record = dict[str, Any]


def test_open_connections_outlive_a_switch_and_a_color_that_would_cut_them_is_refused(
    shop: Shop, tmp_path: Path
) -> None:
    old = str(shop.stack.outputs()["activeColor"])
    new, log = Color(old).other.value, tmp_path / "records"
    with (
        traffic(shop.cluster, shop.namespace, reference="drain", records=log) as load,
        kept_alive(shop, "backend-prod-proxy") as answers,
    ):
        assert_refused_without_shell(shop, old, new)
        shop.switch(new)
        updated = datetime.now(UTC)
        over = max(updated, when_asked_to_end(shop, f"backend-{old}") + timedelta(seconds=DRAIN - 1))
        wait_for_their_end(shop, old)
    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, new)

    # The kept-alive connection and the websocket stayed with the old pod, over the update's end, until its time was up.
    assert {(answer["color"], answer["environment"]) for answer in answers} == {(old, "PROD")}
    assert len({answer["port"] for answer in answers}) == 1
    assert [answer["closes"] for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert datetime.fromisoformat(answers[-1]["at"]) > over

    events = [record for record in backend_records(log) if record["mode"] == "websocket"]
    goodbye = next(number for number, event in enumerate(events) if event["method"] == "goodbye")
    assert [event["method"] for event in events].count("dial") == 2
    assert {event["color"] for event in events[1:goodbye]} == {old}
    assert {event["color"] for event in events[goodbye + 2 :]} == {new}
    assert moment(events[goodbye]) > over


def test_a_pod_that_nobody_is_connected_to_ends_before_its_time(shop: Shop) -> None:
    inactive = Color(shop.stack.outputs()["activeColor"]).other.value
    (pod,) = (pod.removeprefix("pod/") for pod in shop.pods() if f"/backend-{inactive}-" in pod)
    shop.kubectl("delete", "pod", pod, f"--timeout={DRAIN - 3}s")  # fails when the pod is there longer
    shop.kubectl("rollout", "status", f"deployment/backend-{inactive}", "--timeout=60s")


def assert_refused_without_shell(shop: Shop, active: str, inactive: str) -> None:
    """A switch to an image without a shell is refused; afterwards the settings name the image before again."""
    key = f"images.{inactive}.backend"
    shop.stack.config_set(key, shop_images.image("backend", shop_images.NO_SHELL))
    shop.stack.config_set("activeColor", inactive)
    shop.stack.config_set("promotion.allowUntested", "true")  # the gate is to refuse it
    refused = shop.up(check=False)
    shop.pulumi("config", "rm", "--path", "promotion.allowUntested")
    shop.stack.config_set(key, shop_images.image("backend", "1.0.0"))

    assert refused.returncode != 0
    said = " ".join(refused.stdout.split())
    pods = set(re.findall(r"(\w+-\w+)-[\w-]+: it could not run sh and sleep", said))
    assert pods == {f"backend-{inactive}"}, said
    assert "pulumi config set --path drain.whenIdle false" in said
    assert shop.get("configmaps")["configmap/environment-config"]["data"]["COLOR_PROD"] == active


def when_asked_to_end(shop: Shop, deployment: str) -> datetime:
    """When the Deployment's old pod of production was asked to end, which may come a moment after the update."""
    for _ in range(120):
        for pod in ending_pods(shop):
            if pod["metadata"]["labels"]["io.kompose.service"] == deployment:
                return datetime.fromisoformat(pod["metadata"]["deletionTimestamp"]) - timedelta(seconds=DRAIN + GRACE)
        time.sleep(0.5)
    raise AssertionError(f"no pod of {deployment} was asked to end and went on")


def wait_for_their_end(shop: Shop, color: str) -> None:
    """Until production's pods of a colour that has become staging's are gone."""
    for _ in range(2 * (DRAIN + GRACE)):
        if not any(pod["metadata"]["labels"]["environment"] == color for pod in ending_pods(shop)):
            return
        time.sleep(0.5)
    raise AssertionError(f"old pods of {color} do not end")


def ending_pods(shop: Shop) -> list[dict[str, Any]]:
    """Production's pods that are on their way out."""
    pods = shop.get("pods").values()
    return [
        pod
        for pod in pods
        if pod["metadata"]["labels"].get("ateliercadrart.com/environment") == "prod"
        and "deletionTimestamp" in pod["metadata"]
    ]


def backend_records(log: Path) -> Iterator[Record]:
    """What production's backend answered, one record a request or message."""
    with log.open() as lines:
        for line in lines:
            record = json.loads(line)
            if record["target"] == "backend-prod-proxy":
                yield record


def moment(record: Record) -> datetime:
    """When a request was sent, or a message came. The probe gives nanoseconds, which Python does not read."""
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", record["start"]))


@contextlib.contextmanager
def kept_alive(shop: Shop, proxy: str) -> Iterator[list[dict[str, Any]]]:
    """A client with one kept-alive connection; its answers are there when the block has ended."""
    address = sandbox_answers.addresses(shop.cluster, shop.namespace)[proxy]
    command = [sys.executable, "-m", "tests.cluster.keep_alive", address, "3000"]
    heard: list[dict[str, Any]] = []
    with tempfile.TemporaryFile("w+") as printed:
        process = shop.cluster.popen(command, cwd=REPOSITORY, stdout=printed)
        try:
            yield heard
        finally:
            process.terminate()
            process.wait(timeout=30)
        printed.seek(0)
        heard += map(json.loads, printed)
