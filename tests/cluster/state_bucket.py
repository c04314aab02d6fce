"""Pulumi's state in a bucket of a real S3 server, for as long as a test needs it there."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.progress import Progress
from sandbox.shop.handle import Shop
from sandbox.toolchain import gobuild, recipes
from tests.cluster.workflows import OF_THE_ENVIRONMENT, OF_THE_REPOSITORY, Repository

POLICY = REPOSITORY / "deploy" / "bucket" / "reader.json"
_ADDRESS = "127.0.0.1:17070"
_BUCKETS, _BUCKET = "buckets", "pulumi-state"
_READER = "previews"
_SECONDS = 30
URL = f"s3://{_BUCKET}?endpoint=http://{_ADDRESS}&s3ForcePathStyle=true&region=us-east-1"


@dataclass(frozen=True)
class Bucket:
    """The bucket; `folder` is where the server keeps what is in it."""

    cluster: Cluster | OwnCluster
    folder: Path
    keys: dict[str, str]
    """Of whom the bucket belongs to."""
    reader: dict[str, str]
    """Of an account that the shipped policy lets read, and nothing else does."""

    def request(self, keys: dict[str, str], method: str, name: str, body: str = "") -> str:
        """The status of a request for something in the bucket, or for a part of itself (`?policy`)."""
        url = f"http://{_ADDRESS}/{_BUCKET}{name if name.startswith('?') else f'/{name}'}"
        command = [sys.executable, "-m", "tests.cluster.s3", method, url]
        done = self.cluster.run(
            command, env=keys, cwd=REPOSITORY, input=body, stdout=subprocess.PIPE, text=True, check=True
        )
        return str(done.stdout).partition("\n")[0]

    def let_the_reader_in(self) -> None:
        """By the policy that docs/workflows.md names."""
        policy = POLICY.read_text().replace("BUCKET", _BUCKET).replace("READER", _READER)
        assert self.request(self.keys, "PUT", "?policy", policy) in ("200", "204")


@contextlib.contextmanager
def state_in_a_bucket(repository: Repository, folder: Path) -> Iterator[Bucket]:
    """The workflows find the stack's state in a bucket, and it is back in files when the block ends.

    What is in the secrets of the repository can only read it, what is in those of the environment can write it.
    """
    keys, reader = _keys("runner"), _keys(_READER)
    shop = repository.shop
    in_files, in_bucket = shop.cluster.env()["PULUMI_BACKEND_URL"], {"PULUMI_BACKEND_URL": URL, **keys}
    with _server(shop.cluster, folder, keys, reader) as bucket:
        _move(repository, {"PULUMI_BACKEND_URL": in_files}, in_bucket)
        repository.backend_file.write_text(URL)
        repository.add_secrets(OF_THE_REPOSITORY, **reader)
        repository.add_secrets(OF_THE_ENVIRONMENT, **keys)
        try:
            yield bucket
        finally:
            repository.backend_file.write_text(in_files)
            _move(repository, in_bucket, {"PULUMI_BACKEND_URL": in_files})


def _keys(name: str) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(24)}


@contextlib.contextmanager
def _server(
    cluster: Cluster | OwnCluster, folder: Path, keys: dict[str, str], reader: dict[str, str]
) -> Iterator[Bucket]:
    """versitygw, beside the cluster; a bucket is a folder."""
    gobuild.build([recipes.VERSITYGW], Progress())
    attributes, buckets, accounts = folder / "attributes", folder / _BUCKETS, folder / "accounts"
    for made in (attributes, buckets / _BUCKET, accounts):
        made.mkdir(parents=True)
    account = {"access": _READER, "secret": reader["AWS_SECRET_ACCESS_KEY"], "role": "user"}
    (accounts / "users.json").write_text(json.dumps({"accessAccounts": {_READER: account}}))
    program = gobuild.installed(recipes.VERSITYGW) / "versitygw"
    root = {"ROOT_ACCESS_KEY": keys["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": keys["AWS_SECRET_ACCESS_KEY"]}
    command = [str(program), "--port", _ADDRESS, "--quiet", "--iam-dir", str(accounts)]
    command += ["posix", "--sidecar", str(attributes), str(buckets)]
    process = cluster.popen(command, env=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_answers(cluster, process)
        bucket = Bucket(cluster, buckets / _BUCKET, keys, reader)
        bucket.let_the_reader_in()
        yield bucket
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers(cluster: Cluster | OwnCluster, process: "subprocess.Popen[str]") -> None:
    knock = ["bash", "-c", f"</dev/tcp/{_ADDRESS.replace(':', '/')}"]
    for _ in range(_SECONDS * 10):
        assert process.poll() is None, "the S3 server has ended"
        if cluster.run(knock, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError("the S3 server does not answer")


def _move(repository: Repository, from_there: dict[str, str], to_there: dict[str, str]) -> None:
    """The stack's state, as docs/workflows.md says: exported and imported; nothing in the cluster is touched."""
    shop: Shop = repository.shop
    exported = repository.runner / "exported-state.json"
    for environment, *arguments in (
        (from_there, "stack", "export", "--file", str(exported)),
        (to_there, "stack", "select", "--create"),
        (to_there, "stack", "import", "--file", str(exported)),
    ):
        shop.stack.pulumi(*arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.remove(exported)
