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
from urllib.parse import urlencode

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.progress import Progress
from sandbox.shop.handle import Shop
from sandbox.toolchain import gobuild, recipes
from tests.cluster.job_identity import ADDRESS as ISSUER
from tests.cluster.job_identity import JobIdentity
from tests.cluster.workflows import OF_THE_ENVIRONMENT, OF_THE_REPOSITORY, SLUG, Repository
from tests.github.issuer import subject_of

POLICIES = REPOSITORY / "deploy" / "bucket"
"""What docs/workflows.md hands out for a bucket."""
_ADDRESS, _TOKEN_SERVICE = "127.0.0.1:17070", "127.0.0.1:17071"
_BUCKETS, _BUCKET = "buckets", "pulumi-state"
_OWNER, _READER = "runner", "previews"
_ACCOUNT = "000000000000"
"""Whose the roles are; versitygw knows no other one."""
_SECONDS = 30
URL = f"s3://{_BUCKET}?endpoint=http://{_ADDRESS}&s3ForcePathStyle=true&region=us-east-1"
TOKEN_SERVICE = f"http://{_TOKEN_SERVICE}"


@dataclass(frozen=True)
class Bucket:
    """The bucket; `folder` is where the server keeps what is in it."""

    cluster: Cluster | OwnCluster
    folder: Path
    keys: dict[str, str]
    """Of whom the bucket belongs to."""

    def request(self, keys: dict[str, str], method: str, name: str, body: str = "") -> str:
        """The status of a request for something in the bucket, for a part of itself (`?policy`) or for all of it."""
        url = f"http://{_ADDRESS}/{_BUCKET}{name if not name or name.startswith('?') else f'/{name}'}"
        return _asked(self.cluster, keys, body, method, url).partition("\n")[0]


@contextlib.contextmanager
def state_in_a_bucket(repository: Repository, folder: Path) -> Iterator[tuple[Bucket, dict[str, str]]]:
    """The workflows find the stack's state in a bucket, and it is back in files when the block ends.

    What is in the secrets of the repository can only read it, and is given beside the bucket; what is in those of the
    environment can write it.
    """
    reader, accounts = _keys(_READER), folder / "accounts"
    accounts.mkdir()
    account = {"access": _READER, "secret": reader["AWS_SECRET_ACCESS_KEY"], "role": "user"}
    (accounts / "users.json").write_text(json.dumps({"accessAccounts": {_READER: account}}))
    with (
        _bucket(repository.shop.cluster, folder, "--iam-dir", str(accounts)) as bucket,
        repository.secrets_and_variables_kept(),
    ):
        policy = (POLICIES / "reader.json").read_text().replace("BUCKET", _BUCKET).replace("READER", _READER)
        assert bucket.request(bucket.keys, "PUT", "?policy", policy) in ("200", "204")
        repository.add_secrets(OF_THE_REPOSITORY, **reader)
        repository.add_secrets(OF_THE_ENVIRONMENT, **bucket.keys)
        with _state_in(bucket, repository):
            yield bucket, reader


@contextlib.contextmanager
def state_in_a_bucket_without_keys(
    repository: Repository, identity: JobIdentity | None, folder: Path
) -> Iterator[Bucket | None]:
    """The same, with no keys anywhere: a job gets those of a role for an hour, by what is signed for it.

    None, and the state stays in files, where nobody signs.
    """
    if identity is None:
        yield None
        return
    cluster, socket = repository.shop.cluster, folder / "iam"
    root = _keys(_OWNER)
    (folder / "roles").mkdir()
    service = ["iam", "--dir", str(folder / "roles"), "--private-ports", str(socket)]
    with (
        _serving(cluster, root, _TOKEN_SERVICE, *service),
        _bucket(cluster, folder, "--iam-standalone-endpoint", str(socket), keys=root) as bucket,
        repository.secrets_and_variables_kept(),
    ):
        _make_roles(bucket, identity, repository.stack)
        roles = {OF_THE_REPOSITORY: _role("reader"), OF_THE_ENVIRONMENT: _role("writer")}
        for file, role in roles.items():
            repository.variables[file] = {"CADRART_BUCKET_ROLE": role, "CADRART_TOKEN_SERVICE": TOKEN_SERVICE}
        with _state_in(bucket, repository):
            yield bucket


def keys_of_a_role(bucket: Bucket, identity: JobIdentity, job: str, role: str) -> dict[str, str]:
    """What a job gets by the program of its configuration; nothing where it gets none."""
    program = [sys.executable, "-m", "cadrart_infra.github.bucket_keys", _role(role), TOKEN_SERVICE]
    signed = identity.signing.environment(job)
    done = bucket.cluster.run(program, env=signed, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    given = json.loads(done.stdout) if done.returncode == 0 else {}
    names = {"AccessKeyId": "ACCESS_KEY_ID", "SecretAccessKey": "SECRET_ACCESS_KEY", "SessionToken": "SESSION_TOKEN"}
    return {f"AWS_{name}": given[key] for key, name in names.items() if given}


def _role(name: str) -> str:
    return f"arn:aws:iam::{_ACCOUNT}:role/{name}"


def _make_roles(bucket: Bucket, identity: JobIdentity, stack: str) -> None:
    """As docs/workflows.md says, for this issuer in GitHub's place."""
    form = {"Url": identity.signing.url, "ClientIDList.member.1": "sts.amazonaws.com"}
    _of_the_account(bucket, "CreateOpenIDConnectProvider", form | {"ThumbprintList.member.1": identity.thumbprint})
    for name in ("writer", "reader"):
        trust, policy = (
            _filled_in(POLICIES / "roles" / file, stack) for file in (f"{name}-trust.json", f"{name}.json")
        )
        _of_the_account(bucket, "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": trust})
        _of_the_account(bucket, "PutRolePolicy", {"RoleName": name, "PolicyName": "state", "PolicyDocument": policy})


def _filled_in(file: Path, stack: str) -> str:
    text = file.read_text().replace("BUCKET", _BUCKET).replace("NUMBER", _ACCOUNT)
    text = text.replace("repo:OWNER/REPOSITORY", subject_of(SLUG)).replace("environment:prod", f"environment:{stack}")
    return text.replace("token.actions.githubusercontent.com", ISSUER)


def _of_the_account(bucket: Bucket, action: str, form: dict[str, str]) -> None:
    body = urlencode({"Action": action, "Version": "2010-05-08", **form})
    answer = _asked(bucket.cluster, bucket.keys, body, "POST", TOKEN_SERVICE, "iam")
    assert answer.startswith("200\n"), answer


def _asked(cluster: Cluster | OwnCluster, keys: dict[str, str], body: str, *arguments: str) -> str:
    """The status of a signed request, and the answer below it."""
    command = [sys.executable, "-m", "tests.cluster.s3", *arguments]
    done = cluster.run(command, env=keys, cwd=REPOSITORY, input=body, stdout=subprocess.PIPE, text=True, check=True)
    return str(done.stdout)


def _keys(name: str) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(24)}


@contextlib.contextmanager
def _state_in(bucket: Bucket, repository: Repository) -> Iterator[None]:
    """The stack's state lies in the bucket while the block runs."""
    in_files = {"PULUMI_BACKEND_URL": repository.shop.cluster.env()["PULUMI_BACKEND_URL"]}
    in_bucket = {"PULUMI_BACKEND_URL": URL, **bucket.keys}
    _move(repository, in_files, in_bucket)
    repository.backend_file.write_text(URL)
    try:
        yield
    finally:
        repository.backend_file.write_text(in_files["PULUMI_BACKEND_URL"])
        _move(repository, in_bucket, in_files)


@contextlib.contextmanager
def _bucket(
    cluster: Cluster | OwnCluster, folder: Path, *accounts: str, keys: dict[str, str] | None = None
) -> Iterator[Bucket]:
    """An empty one of versitygw, beside the cluster; a bucket is a folder. `accounts`: where the server's are."""
    attributes, buckets, keys = folder / "attributes", folder / _BUCKETS, keys or _keys(_OWNER)
    for made in (attributes, buckets):
        made.mkdir()
    files = ["posix", "--sidecar", str(attributes), str(buckets)]
    with _serving(cluster, keys, _ADDRESS, *accounts, *files):
        bucket = Bucket(cluster, buckets / _BUCKET, keys)
        assert bucket.request(keys, "PUT", "") == "200"
        yield bucket


@contextlib.contextmanager
def _serving(cluster: Cluster | OwnCluster, keys: dict[str, str], address: str, *arguments: str) -> Iterator[None]:
    """versitygw in one of its parts, of the owner of these keys, while the block runs."""
    gobuild.build([recipes.VERSITYGW], Progress())
    program = gobuild.installed(recipes.VERSITYGW) / "versitygw"
    root = {"ROOT_ACCESS_KEY": keys["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": keys["AWS_SECRET_ACCESS_KEY"]}
    command = [str(program), "--port", address, "--quiet", *arguments]
    process = cluster.popen(command, env=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_answers(cluster, process, address)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers(cluster: Cluster | OwnCluster, process: "subprocess.Popen[str]", address: str) -> None:
    knock = ["bash", "-c", f"</dev/tcp/{address.replace(':', '/')}"]
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
