"""The command line, the choice of the cluster, and the small protocols behind them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import cli
from sandbox.cluster import daemons, host_settings, leftovers, own_cluster, probe
from sandbox.cluster.client_environment import client_environment
from sandbox.cluster.cluster import Cluster, connect
from sandbox.cluster.own_cluster import FLAG, OwnCluster
from sandbox.errors import SandboxError
from sandbox.paths import ClusterPaths
from sandbox.progress import elapsed, tail


@pytest.mark.parametrize("environment", [{}, {"KUBECONFIG": "/mine"}, {"KUBECONFIG": "/mine", FLAG: "true"}])
def test_a_kubeconfig_alone_never_chooses_a_real_cluster(environment: dict[str, str]) -> None:
    assert not own_cluster.chosen(environment)


def test_a_kubeconfig_that_is_left_alone_is_mentioned() -> None:
    line = own_cluster.ignored_kubeconfig({"KUBECONFIG": "/mine"})
    assert line is not None
    assert "/mine" in line
    assert FLAG in line
    assert own_cluster.ignored_kubeconfig({}) is None
    assert own_cluster.ignored_kubeconfig({"KUBECONFIG": "/mine", FLAG: "yes"}) is None
    assert own_cluster.ignored_kubeconfig({"KUBECONFIG": str(ClusterPaths("one").kubeconfig)}) is None


def test_the_flag_without_a_kubeconfig_is_an_error() -> None:
    with pytest.raises(SandboxError, match="KUBECONFIG is not"):
        own_cluster.chosen({FLAG: "yes"})


def test_the_choice_gives_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/mine")
    monkeypatch.delenv(FLAG, raising=False)
    assert isinstance(connect(), Cluster)
    monkeypatch.setenv(FLAG, "yes")
    assert isinstance(connect(), OwnCluster)


def test_nothing_of_a_users_cluster_is_stopped_or_loaded() -> None:
    with pytest.raises(SandboxError, match="nothing is stopped"):
        OwnCluster().restart("kubelet")
    with pytest.raises(SandboxError, match="registry"):
        OwnCluster().load("image.tar")


def test_the_environment_of_a_cluster_overrides_the_users() -> None:
    paths = ClusterPaths("one")
    base = {"PATH": "/usr/bin", "KUBECONFIG": "/mine", "PULUMI_BACKEND_URL": "https://theirs", "LANG": "C"}
    environment = client_environment(paths, base)
    assert environment["KUBECONFIG"] == str(paths.kubeconfig)
    assert environment["PATH"] == f"{paths.binaries}:/usr/bin"
    assert environment["PULUMI_BACKEND_URL"] == f"file://{paths.pulumi_state}?metadata=skip"
    assert environment["LANG"] == "C"
    assert environment["NO_PROXY"] == "*"


def test_programs_on_a_cluster_collect_garbage_as_the_user_says_and_seldom_otherwise() -> None:
    paths = ClusterPaths("one")
    assert client_environment(paths, {})["GOGC"] == "400"
    assert client_environment(paths, {"GOGC": "100"})["GOGC"] == "100"


def test_only_root_brings_a_cluster_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv(FLAG, raising=False)
    assert cli.main(["up", "--name", "never"]) == 1
    assert "Run it as root" in capsys.readouterr().err


def test_a_command_for_a_cluster_that_is_not_up_is_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gets that far")
    assert cli.main(["exec", "--name", "never-there", "--", "true"]) == 1
    assert "was not run" in capsys.readouterr().err


def test_a_wrong_component_is_named_with_those_there_are() -> None:
    with pytest.raises(SandboxError, match="kube-apiserver"):
        Cluster("never-there").restart("apserver")


def test_a_daemon_is_known_by_number_and_start_time(tmp_path: Path) -> None:
    """A process number that another process has by now must not be taken for the daemon."""
    paths = ClusterPaths("one", root=tmp_path)
    paths.processes.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = int(Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
        record = paths.processes / "etcd.json"
        record.write_text(f'{{"pid": {process.pid}, "started": {started}}}')
        assert daemons.find(paths, "etcd") == daemons.Daemon("etcd", process.pid, started)
        record.write_text(f'{{"pid": {process.pid}, "started": {started + 1}}}')
        assert daemons.find(paths, "etcd") is None
        record.write_text(f'{{"pid": {process.pid}, "started": {started}}}')
        daemons.stop(paths, "etcd", timeout=5)
        assert daemons.find(paths, "etcd") is None
    assert process.returncode < 0


def test_the_kernels_settings_are_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, record = tmp_path / "sys", tmp_path / "record.json"
    for name in host_settings._CHANGED_BY_KUBELET:
        (kernel / name).parent.mkdir(parents=True, exist_ok=True)
        (kernel / name).write_text("0\n")
    monkeypatch.setattr(host_settings, "_KERNEL", kernel)
    host_settings.remember(record)
    (kernel / "kernel/panic").write_text("10\n")
    host_settings.remember(record)
    host_settings.put_back(record)
    assert (kernel / "kernel/panic").read_text().strip() == "0"
    assert not record.exists()


def test_mounts_are_found_below_a_folder() -> None:
    assert Path("/proc") in leftovers.mounts_below(Path("/"))
    assert leftovers.mounts_below(Path("/nothing/here")) == []


def test_a_dns_answer_is_read() -> None:
    asked = probe.question("kubernetes.default", 0x1234)
    pointer, record = b"\xc0\x0c", b"\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04"
    alias = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x05\x00\x03\x01x\x00"
    answer = b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00" + asked[12:] + alias + pointer + record
    assert probe.addresses(answer + bytes([10, 43, 0, 1]), asked) == ["10.43.0.1"]


def test_an_answer_to_another_question_is_none() -> None:
    asked = probe.question("kubernetes.default", 1)
    assert probe.addresses(b"\x00\x02" + asked[2:], asked) == []


@pytest.mark.parametrize(("seconds", "text"), [(0.04, "0.0s"), (59.94, "59.9s"), (60, "1m00s"), (185.7, "3m05s")])
def test_seconds_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_a_tail_is_the_end() -> None:
    assert tail("\n".join(map(str, range(100))), lines=2) == "    98\n    99"


def test_help_needs_no_root_and_no_cluster() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"],
        cwd=Path(cli.__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("toolchain", "up", "down", "exec", "env", "load", "status", "restart"):
        assert command in result.stdout


_FIRST_THREAD_ENDS = """
import ctypes, sys, threading
threading.Thread(target=sys.stdin.read).start()
print("begun", flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""


def test_a_daemon_of_which_a_thread_is_left_still_runs(tmp_path: Path) -> None:
    """Its ports are taken as long; the next one of the same kind could not listen on them."""
    paths = ClusterPaths("one", root=tmp_path)
    paths.processes.mkdir(parents=True)
    command, pipe = [sys.executable, "-c", _FIRST_THREAD_ENDS], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "begun\n"
        stat = Path(f"/proc/{process.pid}/stat")
        while stat.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            time.sleep(0.01)
        started = int(stat.read_text().rsplit(")", 1)[1].split()[19])
        (paths.processes / "etcd.json").write_text(f'{{"pid": {process.pid}, "started": {started}}}')
        assert daemons.find(paths, "etcd") is not None
        process.stdin.close()
        process.wait(timeout=20)
    assert daemons.find(paths, "etcd") is None
