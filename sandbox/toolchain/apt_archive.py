"""Finds the Debian archive that this machine uses, in its own apt sources."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.errors import SandboxError

_CODE_NAMES = {"bookworm", "trixie", "forky", "duke", "sid", "stable", "testing", "unstable"}


def debian_archive(environment: Mapping[str, str] = os.environ, etc: Path = Path("/etc/apt")) -> str:
    """Base address of Debian's main archive: `$CADRART_DEBIAN_MIRROR`, else the first one in the apt sources.

    Raises SandboxError where neither names one.
    """
    if chosen := environment.get("CADRART_DEBIAN_MIRROR"):
        return chosen
    paths = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    readable = [path for path in paths if path.suffix in {".list", ".sources"} and path.is_file()]
    found = [uri for path in readable for uri in archive_uris(path.read_text(), path.suffix)]
    # A third party may use Debian's code names too, but rarely the name of Debian's own folder.
    for uri in sorted(found, key=lambda uri: not uri.rstrip("/").endswith("/debian")):
        return uri
    raise SandboxError(
        f"The machine's apt sources ({etc}) name no Debian archive. Nothing was made.\n"
        "Set CADRART_DEBIAN_MIRROR to the address of one and run it again."
    )


def archive_uris(text: str, suffix: str) -> list[str]:
    """The addresses of Debian's main archive in an apt source file, whose name ends in `.list` or `.sources`.

    It is known by a plain code name as suite and `main` among the components, which Debian's security archive
    and most third parties' archives do not have.
    """
    entries = _deb822_entries(text) if suffix == ".sources" else _one_line_entries(text)
    return [uri for uri, suites, components in entries if "main" in components and _CODE_NAMES & set(suites)]


def _one_line_entries(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)", line)
        if found:
            yield found.group(1), [found.group(2)], found.group(3).split()


def _deb822_entries(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    for stanza in re.split(r"\n\s*\n", text):
        lines = (line for line in stanza.splitlines() if not line.startswith("#"))
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", "\n".join(lines), re.M))
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes") != "no":
            for uri in fields.get("URIs", "").split():
                yield uri, fields.get("Suites", "").split(), fields.get("Components", "").split()
