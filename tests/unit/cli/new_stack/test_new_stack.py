"""`cadrart new-stack`: by questions or options, compared with the cluster, written once."""

import argparse
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

from cadrart_infra.cli.new_stack import check, command
from cadrart_infra.cli.new_stack.questions import Known, NewStackError, add_options, answer
from cadrart_infra.cli.new_stack.running import Running, running_of
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.offers import Offered, Offers
from cadrart_infra.interruption import Interrupted
from cadrart_infra.model import Color, Environment
from cadrart_infra.settings import SettingsError

HOST = "two.example.com"
IMAGES = {"frontend_blue": "shop/frontend:1.0.0", "backend_blue": "shop/backend:1.0.0"}
OFFERS = Offers(
    storage=Offered(["retained", "deleted"], "retained"),
    ingress=Offered(["nginx", "traefik"], ""),
    issuers=Offered(["letsencrypt"], "letsencrypt"),
    nodes=1,
    hosts={"blog.example.com": "blog/web", "one.example.com": "cadrart-two/cadrart-ingress"},
    hosts_known=True,
    not_retained=frozenset({"deleted"}),
)


def options(**given: Any) -> argparse.Namespace:
    """As the command line has them, where it says so."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    reported = {"name": "two", "namespace": "", "context": "", "yes": True, **given}
    return argparse.Namespace(**{**vars(parser.parse_args([])), **reported})


Make = Callable[..., str]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the cluster says; a ClusterError as `answers` where it says nothing."""
    says: dict[str, Any] = {"offers": OFFERS, "running": Running(), "claimed": None, "not_ready": "", "answers": None}

    def answers(_kubectl: Any) -> None:
        if says["answers"]:
            raise says["answers"]

    monkeypatch.setattr(command, "require_answer", answers)
    monkeypatch.setattr(command, "read_offers", lambda _: says["offers"])
    monkeypatch.setattr(command, "read_running", lambda _: says["running"])
    monkeypatch.setattr(command, "claimed", lambda _: says["claimed"])
    monkeypatch.setattr(check, "not_ready", lambda *_: says["not_ready"])
    return says


@pytest.fixture
def make(cluster: Mapping[str, Any], tmp_path: Path) -> Make:
    """Runs the command; what it printed."""

    def made(**given: Any) -> str:
        stream = io.StringIO()
        assert command.new_stack(options(**given), Page(stream, live=False), tmp_path) == 0
        return stream.getvalue()

    return made


def test_it_writes_settings_that_the_program_takes(make: Make, tmp_path: Path) -> None:
    said = make(production_host=HOST, **IMAGES)
    settings = StackFile(tmp_path, "two").with_changes({})
    assert (settings.namespace, settings.active_color) == ("cadrart-two", "blue")
    assert (settings.ingress.production_host, settings.ingress.staging_host) == (HOST, f"stg.{HOST}")
    assert settings.environments.stg.cors_origins == f"https://stg.{HOST}"
    assert (settings.storage.class_name, settings.ingress.class_name, settings.ingress.issuer) == (
        "retained",
        "nginx",
        "letsencrypt",
    )
    assert settings.images.green == settings.images.blue
    assert "pulumi stack select --create two" in said
    assert "Mind" not in said


def test_the_namespace_that_is_suggested_is_one_that_a_cluster_takes(make: Make, tmp_path: Path) -> None:
    make(name="Shop_2.Test", production_host=HOST, staging_host="stg." + HOST, **IMAGES)
    assert "cadrart-infra:namespace: cadrart-shop-2-test" in (tmp_path / "Pulumi.Shop_2.Test.yaml").read_text()


def test_an_existing_file_is_left_as_it_is(make: Make, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.two.yaml").write_text("mine")
    with pytest.raises(NewStackError, match="exists already"):
        make(production_host=HOST, **IMAGES)
    assert (tmp_path / "Pulumi.two.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("reported", "refusal"),
    [
        ({}, r"give them: --production-host --frontend-blue"),
        ({"production_host": HOST, **IMAGES, "storage_class": "fast"}, "cluster has no fast .*retained, deleted"),
        ({"production_host": HOST, **IMAGES, "ingress_class": "haproxy"}, "cluster has no haproxy"),
        ({"production_host": HOST, **IMAGES, "issuer": "other"}, "cluster has no other"),
        ({"production_host": "blog.example.com", **IMAGES}, "served by the Ingress blog/web"),
        ({"production_host": HOST, "staging_host": HOST, **IMAGES}, "are the same"),
        ({"production_host": HOST, **IMAGES, "backend_green": "shop/backend:latest"}, "has no version"),
        ({"production_host": HOST, **IMAGES, "nodes": "some"}, "no number of nodes"),
        ({"production_host": HOST, **IMAGES, "name": "a/b"}, "no name of a stack"),
        ({"production_host": HOST, **IMAGES, "namespace": "taken"}, "is that of the stack one"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    make: Make, tmp_path: Path, reported: dict[str, Any], refusal: str
) -> None:
    make(name="one", production_host="one.example.org", namespace="taken", **IMAGES)
    with pytest.raises((NewStackError, SettingsError), match=refusal):
        make(**reported)
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.one.yaml"]


def test_the_namespace_of_another_stack_is_refused(make: Make, cluster: dict[str, Any]) -> None:
    cluster["claimed"] = Identity("cadrart-infra/prod", "", "cadrart-two", "", "")
    with pytest.raises(NewStackError, match="holds the shop of the stack cadrart-infra/prod"):
        make(production_host=HOST, **IMAGES)


def test_a_cluster_without_an_ingress_class_is_no_reason_to_refuse(make: Make, cluster: dict[str, Any]) -> None:
    cluster["offers"] = Offers(storage=OFFERS.storage, ingress=Offered([]), issuers=Offered([]), hosts_known=True)
    assert "has no IngressClass" in make(production_host=HOST, **IMAGES)


def test_the_class_that_a_running_shop_s_ingress_has_is_taken_by_its_name_alone(
    make: Make, cluster: dict[str, Any], tmp_path: Path
) -> None:
    """As an update takes it; whether a person is asked or not."""
    cluster["running"] = Running(ingress_class="alb")
    make(production_host=HOST, **IMAGES)
    assert StackFile(tmp_path, "two").with_changes({}).ingress.class_name == "alb"
    known = Known(OFFERS, cluster["running"])
    assert answer(options(production_host=HOST, **IMAGES), known, lambda _: "")["ingress-class"] == "alb"


def test_no_class_is_offered_that_the_cluster_does_not_have(make: Make, cluster: dict[str, Any]) -> None:
    offers = replace(OFFERS, ingress=Offered(["traefik", "haproxy"], ""))
    cluster["offers"] = offers
    with pytest.raises(NewStackError, match=r"have no default, so give them: --ingress-class\."):
        make(production_host=HOST, **IMAGES)
    typed = iter(["", "none", "traefik"])
    given = options(production_host=HOST, **IMAGES)
    answers = answer(given, Known(offers), lambda asked: next(typed) if asked.startswith("Ingress class") else "")
    assert answers["ingress-class"] == "traefik"


def test_a_host_of_its_own_namespace_is_its_own(make: Make) -> None:
    make(production_host="one.example.com", **IMAGES)


def test_what_to_know_is_said(make: Make, cluster: dict[str, Any]) -> None:
    cluster["not_ready"] = "  Namespace cadrart-two does not exist."
    said = make(production_host=HOST, storage_class="deleted", nodes="3", issuer="none", **IMAGES)
    for text in ("deleted with their claims", "On 3 nodes", "Namespace cadrart-two does not exist."):
        assert text in said


def test_an_account_of_one_namespace_is_told_what_was_not_compared(make: Make, cluster: dict[str, Any]) -> None:
    cluster["offers"] = Offers()
    said = make(production_host=HOST, **IMAGES)
    assert "may not list them: Storage class of the volumes, Ingress class" in said


def test_without_a_cluster_it_warns_and_writes(make: Make, cluster: dict[str, Any], tmp_path: Path) -> None:
    cluster["answers"] = ClusterError("The cluster does not answer.")
    said = make(production_host=HOST, **IMAGES)
    assert "Warning: the answers are not compared with the cluster. The cluster does not answer." in said
    assert StackFile(tmp_path, "two").with_changes({}).storage.class_name == "linode-block-storage-retain"


def test_it_asks_with_what_there_is_and_again_where_there_is_no_such_thing() -> None:
    typed = iter(["two.example.com", "", "fast", "deleted", "", "none", *[""] * 3, "a:1", "b:1", *[""] * 9])
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return next(typed)

    given = answer(options(), Known(OFFERS), ask)
    assert given["storage-class"] == "deleted"
    assert given["issuer"] == ""
    assert (given["frontend-green"], given["backend-green"]) == ("a:1", "b:1")
    assert "Storage class of the volumes (there are: retained, deleted) [retained]: " in asked
    assert "Host of staging [stg.two.example.com]: " in asked
    assert asked.count("Storage class of the volumes (there are: retained, deleted) [retained]: ") == 2


def test_a_running_shop_s_own_settings_are_offered(make: Make, cluster: dict[str, Any], tmp_path: Path) -> None:
    deployments = [
        {
            "kind": "Deployment",
            "metadata": {"name": f"{workload}-{color}", "generation": 1},
            "spec": {
                "template": {
                    "metadata": {"labels": {}},
                    "spec": {"containers": [{"image": f"shop/{workload}:1.{number}"}]},
                }
            },
        }
        for number, color in enumerate(Color)
        for workload in ("frontend", "backend")
    ]
    record = {"kind": "ConfigMap", "metadata": {"name": "environment-config"}, "data": {"COLOR_PROD": "green"}}
    claim = {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "db-volume"},
        "spec": {"storageClassName": "retained"},
    }
    cluster["running"] = running_of([*deployments, record, claim, INGRESS])
    make()
    settings = StackFile(tmp_path, "two").with_changes({})
    assert settings.active_color is Color.GREEN
    assert set(settings.images.green.by_workload().values()) == {"shop/frontend:1.1", "shop/backend:1.1"}
    assert (settings.ingress.production_host, settings.ingress.staging_host) == ("shop.example.com", "try.example.com")
    assert (settings.ingress.class_name, settings.ingress.tls_secret) == ("traefik", "shop-tls")


def rule(host: str, service: str) -> dict[str, Any]:
    return {"host": host, "http": {"paths": [{"path": "/", "backend": {"service": {"name": service}}}]}}


INGRESS = {
    "kind": "Ingress",
    "metadata": {"name": "cadrart-ingress"},
    "spec": {
        "ingressClassName": "traefik",
        "tls": [{"secretName": "shop-tls", "hosts": ["shop.example.com"]}],
        "rules": [rule("try.example.com", "frontend-test-proxy"), rule("shop.example.com", "frontend-prod-proxy")],
    },
}


def test_the_hosts_are_distinguished_by_where_they_lead() -> None:
    assert running_of([INGRESS]).hosts == {Environment.STG: "try.example.com", Environment.PROD: "shop.example.com"}


def test_no_answer_is_a_secret(make: Make, tmp_path: Path) -> None:
    """The file has the names of Secrets and nothing of what is in one."""
    make(production_host=HOST, **IMAGES)
    config = yaml.safe_load((tmp_path / "Pulumi.two.yaml").read_text())["config"]
    assert config["cadrart-infra:pull"] == {"secret": "cadrart-registry-key"}
    assert not [key for key in config if "password" in str(config[key]).lower()]


def test_what_ends_it_after_the_file_is_there_says_so(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(check, "not_ready", mock.Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(Interrupted, match=r"Pulumi\.two\.yaml is written all the same"):
        make(production_host=HOST, **IMAGES)
    assert (tmp_path / "Pulumi.two.yaml").exists()
