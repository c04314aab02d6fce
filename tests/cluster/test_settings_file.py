"""Tests set settings without the command that users take: it must come to the same."""

from pathlib import Path

import yaml

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop.stack import Stack

VALUES = ("green", "true", "false", "True", "no", "", "0", "007", "10", "1.5", "900Mi", "1e3", "2026-11-28")


def test_settings_are_written_as_pulumi_writes_them(cluster: Cluster | OwnCluster, tmp_path: Path) -> None:
    """At the top, in a folder that is there, and in folders that are not; what else the file says stays."""
    (tmp_path / "Pulumi.yaml").write_text("name: cadrart-infra\nruntime: python\n")
    stack = Stack(cluster, "settings-file", tmp_path)
    stack.init({"images": {"blue": {"backend": "kept"}}})
    try:
        before = stack.settings_file.read_text()
        written = []
        for config_set in (stack.pulumi_config_set, stack.config_set):
            stack.settings_file.write_text(before)
            for number, value in enumerate(VALUES):
                config_set(f"top{number}", value)
                config_set(f"images.value{number}", value)
            config_set("a.b.c", "5")
            config_set("a.b.d", "x")
            written.append(yaml.safe_load(stack.settings_file.read_text()))
    finally:
        stack.pulumi("stack", "rm", "--yes", "--force")
    assert written[0] == written[1]
