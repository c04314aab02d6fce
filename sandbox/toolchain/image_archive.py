"""Writes container images as archives that `ctr images import` and `docker load` read, without a container tool.

A docker-archive is a tar file with one tar file per layer, one JSON configuration per image, and a manifest. The same
input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_MANIFEST = "manifest.json"
# Made again by whatever runs the container; a folder of the same name is all that the image needs.
_LEFT_EMPTY = frozenset({"dev", "proc", "sys", "tmp"})


@dataclass(frozen=True)
class File:
    """One file of a layer that is not simply copied from a folder."""

    content: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class Layer:
    """An uncompressed tar file on disk, and its SHA-256 digest in hexadecimal."""

    path: Path
    digest: str


@dataclass(frozen=True)
class Image:
    """A name with its tag, the layers from the lowest to the highest, and the `config` of the OCI image format."""

    name: str
    layers: tuple[Layer, ...]
    config: Mapping[str, Any] = field(default_factory=dict)


def layer_of_files(target: Path, files: Mapping[str, File], folders: Sequence[str] = ()) -> Layer:
    """Write to `target` a layer with `files` and empty `folders` (paths in the image), all owned by root."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(folders):
            member = _member(name, 0o755)
            member.type = tarfile.DIRTYPE
            tar.addfile(member)
        for name, file in sorted(files.items()):
            _add(tar, name, file)
    return Layer(target, _digest(target))


def layer_of_root(target: Path, root: Path) -> Layer:
    """Write to `target` a layer with all of the folder `root`, owners, modes and hard links as they are.

    Devices and sockets are left out, and so is what lies in /dev, /proc, /sys and /tmp.
    """
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in _walk(root):
            member = tar.gettarinfo(path, arcname=str(path.relative_to(root)))
            if member is None or member.isdev():
                continue
            member.mtime = 0
            member.uname = member.gname = ""
            if member.isreg():
                with path.open("rb") as content:
                    tar.addfile(member, content)
            else:
                tar.addfile(member)
    return Layer(target, _digest(target))


def write(archive: Path, images: Sequence[Image]) -> None:
    """Write `images` into one archive; a layer that several share is in it once."""
    configurations = {image.name: _configuration(image) for image in images}
    manifest = [
        {
            "Config": _configuration_name(configurations[image.name]),
            "RepoTags": [image.name],
            "Layers": [_layer_name(layer) for layer in image.layers],
        }
        for image in images
    ]
    layers = {layer.digest: layer for image in images for layer in image.layers}
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, _MANIFEST, File(json.dumps(manifest).encode()))  # first, so that it is found at once
        for text in sorted(set(configurations.values())):
            _add(tar, _configuration_name(text), File(text))
        for layer in layers.values():
            member = _member(_layer_name(layer), 0o644)
            member.size = layer.path.stat().st_size
            with layer.path.open("rb") as content:
                tar.addfile(member, content)


def write_program(archive: Path, name: str, program: Path, command: Sequence[str]) -> None:
    """Write an image that holds one static program and nothing else; `command` starts with its path in the image."""
    layer = layer_of_files(archive.with_suffix(".layer"), {command[0]: File(program.read_bytes(), 0o755)})
    write(archive, [Image(name, (layer,), {"Entrypoint": list(command), "User": "0:0"})])


def names(archive: Path) -> list[str]:
    """The names, with tags, of the images in an archive that `write` made."""
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile(_MANIFEST)
        assert manifest is not None, f"{archive} has no manifest"
        return [name for entry in json.load(manifest) for name in entry["RepoTags"]]


def _configuration(image: Image) -> bytes:
    document = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": dict(image.config),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.digest}" for layer in image.layers]},
        "history": [{"created_by": "sandbox"} for _ in image.layers],
    }
    return json.dumps(document, sort_keys=True).encode()


def _configuration_name(text: bytes) -> str:
    return f"{hashlib.sha256(text).hexdigest()}.json"


def _layer_name(layer: Layer) -> str:
    return f"{layer.digest}/layer.tar"


def _walk(root: Path) -> Iterator[Path]:
    """Every path below `root`, folders before what they hold, in an order that does not depend on the disk."""
    for folder, subfolders, files in os.walk(root):
        subfolders.sort()
        here = Path(folder)
        yield from (here / name for name in sorted({*subfolders, *files}))
        if here == root:
            subfolders[:] = [name for name in subfolders if name not in _LEFT_EMPTY]


def _add(tar: tarfile.TarFile, name: str, file: File) -> None:
    member = _member(name, file.mode)
    member.size = len(file.content)
    tar.addfile(member, io.BytesIO(file.content))


def _member(name: str, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name.lstrip("/"))
    member.mode = mode
    return member


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
