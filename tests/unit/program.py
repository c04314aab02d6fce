"""The whole program, run with Pulumi's mocks: what it declares, and what it says when it refuses."""

import asyncio
import base64
import contextlib
import functools
import importlib
import json
import runpy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import pulumi.runtime.mocks as pulumi_mocks
import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import ROOT

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, JOB, SECRET, Kind
from cadrart_infra.model import Color, Environment
from cadrart_infra.settings import Settings, parse
from tests.unit.cluster_objects import Object, deployments

importlib.import_module("cadrart_infra.update_lease.provider")  # else the stand-in for Kubectl would stay in it

MAIN = Path(__file__).parents[2] / "__main__.py"

COLORS = pytest.mark.parametrize(("active", "inactive"), [("blue", "green"), ("green", "blue")])

SECRETS = {
    "cadrart-secret": "DATABASE_USER DATABASE_PASSWORD DATABASE_ROOT_PASSWORD JWT_SECRET TEST_ENDPOINT_SECRET",
    "cadrart-metrics-secret": "metrics-api-key",
    "cadrart-registry-key": ".dockerconfigjson",
}


def images(release: str = "1.0.0") -> dict[str, dict[str, str]]:
    """Images of both colours, as `images` in the stack's configuration."""
    return {
        color: {workload: f"shop/{workload}:{release}" for workload in ("frontend", "backend")}
        for color in ("blue", "green")
    }


def settings(active: str = "blue", **values: Any) -> Settings:
    """A stack's settings: what it has to say, and these."""
    return parse({"activeColor": active, "images": images(), **values})


@dataclass
class FakeKubectl:
    """Answers as a cluster would that has the namespace and these Secrets, claims and Deployments."""

    secrets: Mapping[str, str] = field(default_factory=lambda: SECRETS)
    values: dict[str, str] = field(default_factory=dict)
    """Of keys of Secrets, in base64, in the place of the one that all have."""
    claims: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    routed: list[dict[str, Any]] = field(default_factory=list)
    database_user: str = "atelier-cadrart"
    answers: bool = True
    has_namespace: bool = True
    namespace: str = "cadrart"
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the namespace."""
    stuck: frozenset[str] = frozenset()
    """Deployments that do not get ready."""
    config_maps: dict[str, Object] = field(default_factory=dict)
    """Those that are asked for by their names."""
    posted: list[Object] = field(default_factory=list)
    """What was created past the engine."""
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What resources, by name, are found to have done."""
    observed: bool = False
    """Whether the Deployments were read: what is read of them after that is as the update leaves it."""

    def patch(self, kind: Kind, name: str, change: Object) -> None:
        assert kind == CONFIG_MAP
        self.config_maps[name] = self.config_maps[name] | change

    def now(self, _timeout: float = 5) -> datetime:
        return datetime(2026, 1, 1, 10, tzinfo=UTC)

    def would_create(self, _kind: Kind, _manifest: Object, _timeout: float = 30) -> bool:
        """Every snapshot is there."""
        return False

    def refusal(self, _kind: Kind, _manifest: Object, _timeout: float = 30) -> None:
        """It would make every pod."""

    def refused_change(self, _kind: Kind, _name: str, _change: Object) -> None:
        """It would take every change."""

    def post(self, kind: Kind, manifest: Object) -> None:
        assert self.has_namespace
        self.posted.append(manifest)

    def ask(self, path: str, timeout: float = 5) -> str:
        if not self.answers:
            raise ClusterError("connection refused")
        if path == "/readyz":
            return "ok"
        if path == "/api/v1/namespaces/kube-system":
            return json.dumps({"metadata": {"uid": "uid-of-the-cluster"}})
        if "/kube-system/endpointslices" in path or path.endswith(
            ("/ingressclasses", "/storageclasses", "/persistentvolumes")
        ):
            return json.dumps({"items": []})
        raise AssertionError(path)

    def exec_command(self, _target: str) -> list[str]:
        """No command runs in a pod."""
        return ["false"]

    def review(self, _reviews: str, _spec: Object) -> Object:
        """The account may do everything."""
        return {"status": {"resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]}}

    def find_namespace(self, _timeout: float = 30) -> Object | None:
        metadata = {"name": self.namespace, "uid": "uid-of-the-namespace", "labels": self.labels}
        return {"metadata": metadata} if self.has_namespace else None

    def find(self, kind: Kind, name: str, _timeout: float = 30) -> Object | None:
        if kind == CONFIG_MAP:
            return self.config_maps.get(name)
        if kind == JOB:
            return None
        if kind == DEPLOYMENT:
            return {"status": {"availableReplicas": 1}}  # the server's
        assert kind == SECRET
        if name not in self.secrets:
            return None
        values = dict.fromkeys(self.secrets[name].split(), "c2VjcmV0")
        values |= {key: value for key, value in self.values.items() if key in values}
        return {"data": values | {"DATABASE_USER": base64.b64encode(self.database_user.encode()).decode()}}

    def objects(self, *kinds: Kind, selector: str = "", fields: str = "", timeout: float = 30) -> list[Object]:
        asked = {kind.name for kind in kinds}
        there = self.deployments
        if self.observed:
            there = [*self._after_the_update(), *(one for one in there if one["kind"] != "Deployment")]
        self.observed = self.observed or "Deployment" in asked
        return [item for item in (*self.routed, *there, *self.claims) if item["kind"] in asked]

    def _after_the_update(self) -> list[Object]:
        """Deployments all there, ready but for the stuck ones."""
        ready, rolling = (
            [one for color in Color for one in deployments(color, Environment.PROD, ready=count)] for count in (1, 0)
        )
        return [
            late if one["metadata"]["name"] in self.stuck else one for one, late in zip(ready, rolling, strict=True)
        ]


@dataclass(frozen=True)
class Declared:
    """One resource that the program registered."""

    inputs: dict[str, Any]
    dependencies: frozenset[str]
    """Keys of the resources that are written before this one."""


@dataclass(frozen=True)
class _Engine(pulumi_mocks.Mocks):
    results: Mapping[str, Mapping[str, Any]]

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The stack's state has nothing yet."""
        assert args.token == "pulumi:pulumi:readStackResourceOutputs", args.token
        return {"outputs": {}}, []

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, **self.results.get(args.name, {})}


class _Monitor(pulumi_mocks.MockMonitor):
    """Keeps what the mocks leave out: what each resource depends on, and its options."""

    def __init__(self, mocks: pulumi_mocks.Mocks) -> None:
        super().__init__(mocks)
        self.requests: list[Any] = []

    def RegisterResource(self, request: Any) -> Any:
        self.requests.append(request)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


class Program:
    """What a run of the program declared; resources go by `kind/name`, as kubectl writes them."""

    def __init__(self, requests: list[Any], outputs: dict[str, Any]) -> None:
        self.requests = {_key(request.type, request.name): request for request in requests}
        self.outputs = outputs
        self._resources = {key: _declared(request) for key, request in self.requests.items()}

    def __getitem__(self, key: str) -> Declared:
        return self._resources[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)

    def before(self, key: str) -> set[str]:
        """Keys of everything that is written before a resource, directly or not."""
        found: set[str] = set()
        left = [key]
        while left:
            new = self._resources[left.pop()].dependencies - found
            found |= new
            left += new
        return found


def _key(type_: str, name: str) -> str:
    return f"{type_.rsplit(':', maxsplit=1)[-1].lower()}/{name}"


def _declared(request: Any) -> Declared:
    dependencies = (urn.split("::") for urn in request.dependencies)
    keys = frozenset(_key(types.split("$")[-1], name) for *_, types, name in dependencies)
    return Declared(_without_null(json_format.MessageToDict(request.object)), keys)


def _without_null(value: Any) -> Any:
    """As the provider takes it: an Output that turns out to be None stands for nothing."""
    if isinstance(value, dict):
        return {key: _without_null(one) for key, one in value.items() if one is not None}
    return [_without_null(one) for one in value] if isinstance(value, list) else value


def run(kubectl: FakeKubectl | None = None, *, secret: Collection[str] = (), **config: Any) -> Program:
    """Runs `__main__.py` with this stack configuration; raises pulumi.RunError where it refuses.

    `secret`: the keys that were set with `--secret`.
    """
    values = {"activeColor": "blue", "images": images(), **config}
    stack = {
        f"cadrart-infra:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }
    with _event_loop():
        return _run(stack, [f"cadrart-infra:{key}" for key in secret], kubectl or FakeKubectl())


def run_once(**config: Any) -> Program:
    """What `run` gives with this configuration: one run for all tests that only look at what is declared."""
    return _run_once(json.dumps({"activeColor": "blue", **config}, sort_keys=True))


@functools.cache
def _run_once(config: str) -> Program:
    return run(**json.loads(config))


def _run(stack: dict[str, str], secret: list[str], kubectl: FakeKubectl) -> Program:
    engine = _Engine(kubectl.results)
    monitor = _Monitor(engine)
    ROOT.set(None)  # else the first run of a process alone would declare its stack
    pulumi.runtime.set_mocks(engine, project="cadrart-infra", stack="test", preview=False, monitor=monitor)
    pulumi.runtime.set_all_config(stack, secret)
    outputs: dict[str, Any] = {}
    with (
        mock.patch("cadrart_infra.update.preparation.Kubectl", return_value=kubectl),
        mock.patch("pulumi.export", outputs.__setitem__),
        mock.patch("cadrart_infra.update.leased_shop.hold_while_updating"),
        mock.patch("cadrart_infra.update.leased_shop.Taints.urns", return_value=[]),
        mock.patch("cadrart_infra.update.leased_shop.Taints.__init__", return_value=None),
        mock.patch("cadrart_infra.update.leased_shop.start_dynamic_host"),
        mock.patch("cadrart_infra.update.preparation.require_pullable"),
        mock.patch("cadrart_infra.update.record.run_at_exit"),
        mock.patch("cadrart_infra.user_errors.end_quietly_when_interrupted"),  # this process is the tests' own
        mock.patch("cadrart_infra.promotion.serving._SETTLE_SECONDS", 0.0),  # nothing will ever be behind the proxies
        mock.patch("cadrart_infra.promotion.report.production_problems", return_value=[]),
        mock.patch("cadrart_infra.promotion.report.server_problems", return_value=[]),
        # Pulumi reads the source of every frame for each resource: a fifth of the run.
        mock.patch("pulumi.runtime.resource._get_stack_trace", source_pb2.StackTrace),
        mock.patch("cadrart_infra.drift.declared_objects.DeclaredObjects.problems", return_value=[]),
        mock.patch("cadrart_infra.promotion.production_keeper.ProductionKeeper.start"),
    ):
        program = pulumi.runtime.test(_main)  # type: ignore[no-untyped-call]
        program()
        known = asyncio.get_event_loop().run_until_complete(pulumi.Output.all(**outputs).future())
    return Program(monitor.requests, known or {})


def _main() -> None:
    runpy.run_path(str(MAIN), run_name="__main__")


@contextlib.contextmanager
def _event_loop() -> Iterator[None]:
    """An event loop for one run; Pulumi's mocks open one more in each worker thread, and these are closed with it."""
    opened: list[asyncio.AbstractEventLoop] = []
    new_loop = asyncio.new_event_loop

    def keep() -> asyncio.AbstractEventLoop:
        opened.append(new_loop())
        return opened[-1]

    with mock.patch("asyncio.new_event_loop", keep):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            yield
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            for each in opened:
                each.close()
