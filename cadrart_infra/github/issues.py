"""An issue that a workflow keeps: one by its marker, open while there is something to say."""

from dataclasses import dataclass
from typing import Any

from cadrart_infra.github.api import Api, is_own


@dataclass(frozen=True)
class Issue:
    """The open issue of a workflow that begins with `marker`, if there is one."""

    api: Api
    marker: str

    def keep(self, title: str, text: str) -> None:
        """Opens it, or brings the open one up to date."""
        said = {"title": title, "body": f"{self.marker}\n{text}"}
        found = self._open()
        if found:
            self.api.patch(f"issues/{found['number']}", said)
        else:
            self.api.post("issues", said)

    def close(self) -> None:
        """Closes it where it is open: there is nothing to say any more."""
        found = self._open()
        if found:
            self.api.patch(f"issues/{found['number']}", {"state": "closed", "state_reason": "completed"})

    def _open(self) -> dict[str, Any] | None:
        return next((one for one in self.api.all("issues?state=open") if is_own(one, self.marker)), None)
