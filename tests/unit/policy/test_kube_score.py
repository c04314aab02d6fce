"""kube-score over what the program declares: what it advises is followed, or is on the list with a reason."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from policy.practice import EXCEPTIONS, excepted
from sandbox.progress import Progress
from sandbox.toolchain import gobuild, recipes
from tests.unit.policy.shipped import STACKS, as_data, config
from tests.unit.program import Program, run

ALL_GOOD = 10
"""kube-score's best grade."""
_OPTIONAL = ("container-seccomp-profile", "container-ports-check")

Object = dict[str, Any]
Advice = tuple[str, str]
"""The check, and the name of the object that it is about."""


@pytest.fixture(scope="module")
def score() -> Callable[[list[Object]], set[Advice]]:
    """What kube-score does not like of objects; it is built the first time."""
    gobuild.build([recipes.KUBE_SCORE], Progress())
    flags = [flag for check in _OPTIONAL for flag in ("--enable-optional-test", check)]
    command = [str(gobuild.installed(recipes.KUBE_SCORE) / "kube-score"), "score", "--output-format", "json", *flags]

    def scored(objects: list[Object]) -> set[Advice]:
        version = f"v{recipes.KUBERNETES_VERSION.rpartition('.')[0]}"
        text = yaml.safe_dump_all(objects)
        done = subprocess.run(
            [*command, "--kubernetes-version", version, "-"], input=text, text=True, capture_output=True, check=False
        )
        return set(_advice(json.loads(done.stdout)))

    return scored


def _advice(scored: list[Object]) -> Iterator[Advice]:
    for one in scored:
        for check in one["checks"]:
            if not check["skipped"] and check["grade"] < ALL_GOOD:
                yield check["check"]["id"], one["object_meta"]["name"]


def objects(program: Program) -> list[Object]:
    """What was declared for the cluster."""
    declared = program.requests.values()
    return [as_data(one.object) for one in declared if one.type.startswith("kubernetes:")]


def everything() -> list[Object]:
    """A stack with every feature that adds or changes an object."""
    settings: Object = {"standby": "warm", "backup": {"beforeSwitch": True}, "replicas": {"prod": 2, "stg": 2}}
    return objects(run(activeColor="blue", runAs={"frontend": 101}, **settings))


def rendered() -> dict[str, list[Object]]:
    """The shipped stacks, and one with every feature."""
    shipped = {stack.name: objects(run(**config(stack))) for stack in STACKS}
    return {**shipped, "every feature": everything()}


def test_what_is_declared_follows_the_advice_or_has_a_reason(score: Callable[[list[Object]], set[Advice]]) -> None:
    used = set()
    for name, declared in rendered().items():
        assert len(declared) > 20, name
        for check, about in score(declared):
            assert excepted(check, about), f"{name}: {about}: kube-score's {check}. Follow it, or give a reason"
            used.add(excepted(check, about))
    assert set(EXCEPTIONS) == used, "an exception that nothing needs is removed"


def test_it_sees_what_is_wrong(score: Callable[[list[Object]], set[Advice]]) -> None:
    spoiled = [one for one in everything() if one["kind"] == "Deployment" and one["metadata"]["name"] == "backend-blue"]
    container = spoiled[0]["spec"]["template"]["spec"]["containers"][0]
    container["securityContext"], container["resources"] = {"privileged": True}, {}
    found = {check for check, about in score(spoiled) if not excepted(check, about)}
    assert {"container-security-context-privileged", "container-resources"} <= found
