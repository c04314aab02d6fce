"""Image archives: what a container runtime reads out of them."""

import hashlib
import json
import os
import socket
import tarfile
from pathlib import Path
from typing import Any

from sandbox.toolchain import image_archive
from sandbox.toolchain.image_archive import File, Image, Layer


def _members(path: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return {member.name: member for member in tar}


def _json(archive: Path, name: str) -> Any:
    with tarfile.open(archive) as tar:
        content = tar.extractfile(name)
        assert content is not None
        return json.load(content)


def _layer(folder: Path, text: str) -> Layer:
    return image_archive.layer_of_files(folder / f"{text}.tar", {"/bin/program": File(text.encode(), 0o755)})


def test_manifest_configuration_and_layers_belong_together(tmp_path: Path) -> None:
    low, high = _layer(tmp_path, "low"), _layer(tmp_path, "high")
    archive = tmp_path / "images.tar"
    image_archive.write(archive, [Image("example/shop:1", (low, high), {"User": "1000:1000"})])
    (entry,) = _json(archive, "manifest.json")
    assert entry["RepoTags"] == ["example/shop:1"]
    document = _json(archive, entry["Config"])
    assert document["config"] == {"User": "1000:1000"}
    with tarfile.open(archive) as tar:
        for name, digest in zip(entry["Layers"], document["rootfs"]["diff_ids"], strict=True):
            content = tar.extractfile(name)
            assert content is not None
            assert f"sha256:{hashlib.sha256(content.read()).hexdigest()}" == digest


def test_a_shared_layer_is_stored_once(tmp_path: Path) -> None:
    layer = _layer(tmp_path, "shared")
    archive = tmp_path / "images.tar"
    image_archive.write(archive, [Image(f"example/shop:{n}", (layer,), {"Env": [f"N={n}"]}) for n in range(3)])
    assert image_archive.names(archive) == ["example/shop:0", "example/shop:1", "example/shop:2"]
    assert sum(name.endswith("layer.tar") for name in _members(archive)) == 1
    assert sum(name.endswith(".json") for name in _members(archive)) == 4


def test_same_input_same_bytes(tmp_path: Path) -> None:
    archives = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        image_archive.write(folder / "images.tar", [Image("example/shop:1", (_layer(folder, "x"),))])
        archives.append((folder / "images.tar").read_bytes())
    assert archives[0] == archives[1]


def test_files_get_their_modes_and_folders_are_empty(tmp_path: Path) -> None:
    files = {"/run/me": File(b"#!", 0o755), "etc/conf": File(b"x")}
    layer = image_archive.layer_of_files(tmp_path / "layer.tar", files, folders=["etc/conf.d"])
    members = _members(layer.path)
    assert {name: oct(member.mode) for name, member in members.items()} == {
        "etc/conf": "0o644",
        "etc/conf.d": "0o755",
        "run/me": "0o755",
    }
    assert members["etc/conf.d"].isdir()


def test_a_root_keeps_what_it_is_made_of(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for folder in ("etc", "dev", "proc", "usr/bin", "tmp"):
        (root / folder).mkdir(parents=True)
    (root / "usr/bin/tool").write_text("tool")
    (root / "usr/bin/tool").chmod(0o4755)
    os.link(root / "usr/bin/tool", root / "usr/bin/twin")
    (root / "bin").symlink_to("usr/bin")
    (root / "etc/private").write_text("x")
    (root / "etc/private").chmod(0o640)
    for left_out in ("dev/null", "proc/1", "tmp/rest"):
        (root / left_out).write_text("not part of an image")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "etc/socket"))
    members = _members(image_archive.layer_of_root(tmp_path / "layer.tar", root).path)
    assert sorted(members) == [
        *("bin", "dev", "etc", "etc/private", "proc", "tmp", "usr", "usr/bin", "usr/bin/tool", "usr/bin/twin"),
    ]
    assert members["bin"].linkname == "usr/bin"
    assert members["usr/bin/twin"].islnk()
    assert members["usr/bin/twin"].linkname == "usr/bin/tool"
    assert oct(members["usr/bin/tool"].mode) == "0o4755"
    assert oct(members["etc/private"].mode) == "0o640"
    assert members["etc/private"].uid == os.getuid()


def test_a_program_alone_makes_an_image(tmp_path: Path) -> None:
    program, archive = tmp_path / "program", tmp_path / "image.tar"
    program.write_bytes(b"\x7fELF and so on")
    image_archive.write_program(archive, "local/thing:1", program, ["/bin/thing", "--flag"])
    (entry,) = _json(archive, "manifest.json")
    assert entry["RepoTags"] == ["local/thing:1"]
    assert _json(archive, entry["Config"])["config"]["Entrypoint"] == ["/bin/thing", "--flag"]
    (layer,) = entry["Layers"]
    with tarfile.open(archive) as tar, tarfile.open(fileobj=tar.extractfile(layer)) as inner:
        assert inner.getnames() == ["bin/thing"]
        assert inner.getmember("bin/thing").mode == 0o755
