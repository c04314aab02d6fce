"""Which tests share a process in `make test`."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import SHOPS, group, pytest_collection_modifyitems
from tests.unit import nested_run

DATABASE, CLUSTER = "database", "cluster"


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/database/test_sync_copy.py::test_one[mysql]", DATABASE),
        ("tests/database/cases/test_nothing_reaches_production.py::test_one[mariadb]", DATABASE),
        ("tests/cluster/test_backup.py::test_one", "tests/cluster/test_backup.py"),
        ("tests/cluster/test_backup.py::test_two", "tests/cluster/test_backup.py"),
        ("tests/cluster/test_switch_kills.py::test_one[kill]", "tests/cluster/test_switch_kills.py"),
        ("tests/unit/test_groups.py::test_one", "tests/unit/test_groups.py::test_one"),
    ],
)
def test_what_shares_servers_or_a_module_of_the_cluster_s_is_one_group(nodeid: str, expected: str) -> None:
    assert group(nodeid) == expected


def test_what_takes_parts_of_the_cluster_away_comes_after_all_that_others_wait_for() -> None:
    def item(nodeid: str, *markers: str) -> Any:
        return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda name: name if name in markers else None)

    alone = item("tests/cluster/test_outages.py::test_one", "alone_on_cluster")
    cluster, workflows = (
        item("tests/cluster/test_switch.py::test_one"),
        item("tests/cluster/test_workflows.py::test_one"),
    )
    database, unit = item("tests/database/test_tls.py::test_one"), item("tests/unit/test_live.py::test_one")
    items = [unit, alone, cluster, database, workflows]
    pytest_collection_modifyitems(items)
    assert items == [database, workflows, cluster, alone, unit]


@pytest.mark.parametrize("number_of_processes", [2, 3])
def test_pytest_xdist_gives_a_group_to_one_process_and_shops_to_two(tmp_path: Path, number_of_processes: int) -> None:
    """Small tests in folders of these names, in processes under the same conftest."""
    test = "def test_{}():\n    open(os.environ['RAN'], 'a').write(f\"{{__file__}} {{os.getpid()}}\\n\")\n\n"
    body = "import os\n\n" + "".join(test.format(number) for number in range(3))
    for folder in (DATABASE, CLUSTER):
        (tmp_path / "tests" / folder).mkdir(parents=True)
        for number in range(4):
            (tmp_path / "tests" / folder / f"test_{folder}_{number}.py").write_text(body)
    ran = tmp_path / "ran"
    side_by_side = ("--dist=loadscope", "--no-loadscope-reorder", f"--numprocesses={number_of_processes}")
    done = subprocess.run(
        [*nested_run.COMMAND, *side_by_side],
        cwd=tmp_path,
        env=nested_run.environment(RAN=str(ran)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    processes: dict[str, set[str]] = {}
    lines = ran.read_text().splitlines()
    for line in lines:
        file, process = line.split()
        place = Path(file)
        processes.setdefault(DATABASE if place.parent.name == DATABASE else place.name, set()).add(process)
    assert len(lines) == 24
    assert len(processes) == 5
    assert all(len(found) == 1 for found in processes.values())
    with_shop = set().union(*(found for place, found in processes.items() if place != DATABASE))
    assert processes[DATABASE] != with_shop
    assert len(with_shop) <= SHOPS
