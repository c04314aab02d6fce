"""The files and command lines that the daemons get."""

import json
import tomllib
from pathlib import Path

import pytest

from sandbox.cluster import bootstrap, configuration, credentials, daemon_commands, manifests
from sandbox.cluster.configuration import Host
from sandbox.cluster.slots import AddressPlan
from sandbox.paths import ClusterPaths

PATHS = ClusterPaths("one")
ADDRESSES = AddressPlan(3)
HOST = Host(cni_folder=Path("/opt/cni/bin"), snapshotter="native", restrict_oom_score=True)


def test_containerd_keeps_to_the_clusters_own_folder() -> None:
    document = tomllib.loads(configuration.containerd(PATHS, HOST))
    interface = document["plugins"]["io.containerd.grpc.v1.cri"]
    runc = interface["containerd"]["runtimes"]["runc"]["options"]["Root"]
    places = [document["root"], document["state"], document["grpc"]["address"], runc]
    assert all(Path(place).is_relative_to(PATHS.home) for place in places)
    assert interface["restrict_oom_score_adj"] is True
    assert interface["containerd"]["snapshotter"] == "native"
    assert interface["cni"]["bin_dir"] == "/opt/cni/bin"


def test_kubelet_uses_the_clusters_control_group_addresses_and_folders() -> None:
    document = json.loads(configuration.kubelet(PATHS, ADDRESSES))
    assert document["cgroupRoot"] == "/cadrart-one"
    assert document["clusterDNS"] == [ADDRESSES.dns_service]
    assert document["address"] == ADDRESSES.node
    assert document["authentication"]["anonymous"] == {"enabled": False}
    assert Path(document["podLogsDir"]).is_relative_to(PATHS.home)


def test_pods_and_proxy_share_one_range() -> None:
    network = json.loads(configuration.container_network(PATHS, ADDRESSES))
    proxy = json.loads(configuration.kube_proxy(PATHS, ADDRESSES))
    assert network["plugins"][0]["ipam"]["ranges"] == [[{"subnet": ADDRESSES.pods}]]
    assert proxy["clusterCIDR"] == ADDRESSES.pods


@pytest.mark.parametrize("name", daemon_commands.ALL)
def test_every_component_runs_from_the_clusters_own_folder(name: str) -> None:
    program, *arguments = daemon_commands.command(name, PATHS, ADDRESSES)
    assert program == f"{PATHS.home}/bin/{name}"
    files = [word.split("=", 1)[1] for word in arguments if "=/" in word]
    assert all(Path(file).is_relative_to(PATHS.home) for file in files)


def test_no_secret_is_on_a_command_line() -> None:
    """Tokens are in files; what is on a command line, everybody on the machine can read."""
    for name in daemon_commands.ALL:
        words = daemon_commands.command(name, PATHS, ADDRESSES)
        assert not [word for word in words if "token" in word and not word.endswith("tokens.csv")]


def test_a_kubeconfig_has_one_context() -> None:
    document = json.loads(credentials.kubeconfig("https://x:6443", "/ca.crt", "c", "u", "t0ken"))
    assert document["clusters"] == [
        {"name": "c", "cluster": {"server": "https://x:6443", "certificate-authority": "/ca.crt"}}
    ]
    assert document["users"] == [{"name": "u", "user": {"token": "t0ken"}}]
    assert document["current-context"] == "c"
    assert document["contexts"] == [{"name": "c", "context": {"cluster": "c", "user": "u"}}]


def test_the_first_objects_are_unique_and_volumes_bind_without_a_provisioner() -> None:
    folders = [Path(f"/volumes/{number:02d}") for number in range(3)]
    items = json.loads(manifests.everything(folders, "cadrart-one", ADDRESSES))["items"]
    names = [(item["kind"], item["metadata"]["name"]) for item in items]
    assert len(set(names)) == len(names)
    volumes = [item for item in items if item["kind"] == "PersistentVolume"]
    assert [volume["spec"]["hostPath"]["path"] for volume in volumes] == [str(folder) for folder in folders]
    assert {volume["spec"]["storageClassName"] for volume in volumes} == {manifests.STORAGE_CLASS}


def test_the_dns_service_selects_the_pods_that_answer() -> None:
    items = json.loads(manifests.everything([], "node", ADDRESSES))["items"]
    by_kind = {item["kind"]: item for item in items}
    service, deployment = by_kind["Service"]["spec"], by_kind["Deployment"]["spec"]
    assert service["clusterIP"] == ADDRESSES.dns_service
    assert service["selector"].items() <= deployment["template"]["metadata"]["labels"].items()


def test_the_file_system_of_a_folder_is_the_one_mounted_closest() -> None:
    assert bootstrap.filesystem_of(Path("/proc/self")) == "proc"
    assert bootstrap.filesystem_of(Path("/")) not in ("", "proc")
