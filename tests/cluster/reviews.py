"""The account that opens reviews, and reviews as the tests look at them."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cadrart_infra import naming
from cadrart_infra.rights import FOLDER
from sandbox.shop.handle import Shop
from tests.cluster.account import as_account

MANIFEST = FOLDER / "reviewer.yaml"
ACCOUNT = "cadrart-reviewer"
STAGING = "atelier-cadrart-stg"


@contextlib.contextmanager
def reviewer(shop: Shop, folder: Path) -> Iterator[Shop]:
    """The shop, handled by the account that docs/reviews.md makes, while the block runs."""
    subject = f"--serviceaccount={shop.namespace}:{ACCOUNT}"
    account = as_account(shop, ACCOUNT, MANIFEST, folder)
    shop.kubectl("create", "clusterrolebinding", ACCOUNT, f"--clusterrole={ACCOUNT}", subject)
    try:
        yield account
    finally:
        shop.kubectl("delete", "namespace", "--selector", f"{naming.REVIEW_OF}={shop.namespace}", "--wait=false")
        shop.kubectl("delete", "clusterrolebinding", ACCOUNT)
        shop.kubectl("delete", "-f", str(MANIFEST))
        shop.kubectl("delete", "serviceaccount,rolebinding", ACCOUNT)


@dataclass(frozen=True)
class Review:
    """A review of a shop."""

    shop: Shop
    name: str

    @property
    def itself(self) -> Shop:
        """Its namespace, as that of a shop."""
        return replace(self.shop, namespace=f"pr-{self.name}")

    @property
    def is_there(self) -> bool:
        """Whether anything is left of it."""
        return bool(self.shop.kubectl("get", "namespace", self.itself.namespace, "--ignore-not-found", "-o", "name"))

    @property
    def runs(self) -> set[str]:
        """The names of its Deployments."""
        return {name.removeprefix("deployment/") for name in self.itself.get("deployments")}

    def reaches(self, server: str) -> bool:
        """Whether a database server lets one of its pods in."""
        knock = f"timeout 3 bash -c '</dev/tcp/{server}/3306' 2>/dev/null && echo open || echo closed"
        return self.itself.kubectl("exec", "deployment/db", "--", "bash", "-c", knock).strip() == "open"

    def all_rows(self) -> str:
        """All that its database holds of people, as one text."""
        tables = ("client", "team_member", "provider", "offer", "job", "task")
        return str(self.itself.as_root(*(f"SELECT * FROM `{STAGING}`.`{table}`" for table in tables)))

    def wait_for(self, release: str) -> None:
        """Returns when it answers with this release, from its own database."""
        answer: dict[str, object] = {}
        for _ in range(40):
            answer = self.itself.fetch("backend-test-proxy", "/api/health/live")
            if answer.get("release") == release:
                assert (answer["environment"], answer["database"]) == ("STG", STAGING)
                return
            time.sleep(0.5)
        raise AssertionError(answer)

    def over_its_time(self) -> None:
        """As it will be some days later."""
        note = f"{naming.REVIEW_ENDS}=2020-01-01T00:00:00+00:00"
        self.shop.kubectl("annotate", "--overwrite", "namespace", self.itself.namespace, note)

    def server(self) -> str:
        """What identifies its database server."""
        return next(uid for name, uid in self.itself.pods().items() if name.startswith("pod/db-"))


def refusal(account: Shop, *arguments: str) -> str:
    """What kubectl says to something that the account may not do."""
    command = ["kubectl", *arguments]
    done = account.cluster.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode, done.stdout
    return str(done.stdout)
