"""Kernel settings that kubelet changes for the whole machine: kept while clusters run, put back after the last."""

import json
from pathlib import Path

from sandbox.files import write_whole

_KERNEL = Path("/proc/sys")
_CHANGED_BY_KUBELET = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def remember(record: Path) -> None:
    """Write the settings to `record`, unless an earlier cluster that still runs has done so."""
    if not record.exists():
        values = {name: (_KERNEL / name).read_text().strip() for name in _CHANGED_BY_KUBELET}
        write_whole(record, json.dumps(values))


def put_back(record: Path) -> None:
    """Restore what `remember` wrote and remove the record."""
    if not record.exists():
        return
    for name, value in json.loads(record.read_text()).items():
        setting = _KERNEL / name
        if setting.read_text().strip() != value:
            setting.write_text(value)
    record.unlink()
