"""Pulumi's state in a bucket of a real S3 server, for as long as a test needs it there."""

import contextlib
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.progress import Progress
from sandbox.shop.handle import Shop
from sandbox.toolchain import gobuild, recipes
from tests.cluster.workflows import Repository

_ADDRESS = "127.0.0.1:17070"
_BUCKETS, _BUCKET = "buckets", "pulumi-state"
_SECONDS = 30
URL = f"s3://{_BUCKET}?endpoint=http://{_ADDRESS}&s3ForcePathStyle=true&region=us-east-1"


@contextlib.contextmanager
def state_in_a_bucket(repository: Repository, folder: Path) -> Iterator[Path]:
    """The workflows find the stack's state in a bucket, and it is back in files when the block ends.

    Yields the folder in which the server keeps what is in the bucket.
    """
    keys = {"AWS_ACCESS_KEY_ID": "runner", "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(24)}
    shop = repository.shop
    in_files, in_bucket = shop.cluster.env()["PULUMI_BACKEND_URL"], {"PULUMI_BACKEND_URL": URL, **keys}
    with _server(shop.cluster, folder, keys):
        _move(repository, {"PULUMI_BACKEND_URL": in_files}, in_bucket)
        repository.backend_file.write_text(URL)
        repository.add_secrets(**keys)
        try:
            yield folder / _BUCKETS / _BUCKET
        finally:
            repository.backend_file.write_text(in_files)
            _move(repository, in_bucket, {"PULUMI_BACKEND_URL": in_files})


@contextlib.contextmanager
def _server(cluster: Cluster | OwnCluster, folder: Path, keys: dict[str, str]) -> Iterator[None]:
    """versitygw, beside the cluster; a bucket is a folder."""
    gobuild.build([recipes.VERSITYGW], Progress())
    attributes, buckets = folder / "attributes", folder / _BUCKETS
    for made in (attributes, buckets / _BUCKET):
        made.mkdir(parents=True)
    program = gobuild.installed(recipes.VERSITYGW) / "versitygw"
    root = {"ROOT_ACCESS_KEY": keys["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": keys["AWS_SECRET_ACCESS_KEY"]}
    command = [str(program), "--port", _ADDRESS, "--quiet", "posix", "--sidecar", str(attributes), str(buckets)]
    process = cluster.popen(command, env=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_answers(cluster, process)
        yield
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
