"""The history as one ConfigMap holds it (pure)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cadrart_infra.cluster.kinds import CONFIG_MAP, Object, object_named
from cadrart_infra.history.entry import IMAGES, REPLACES, Entry, Job, Outcome
from cadrart_infra.naming import HISTORY

LIMIT = 50
"""Entries that are kept."""
_SERVED_LIMIT = 20
_TESTED_LIMIT = 40
_ENTRIES, _LATEST, _SERVED, _TESTED, _PROGRAM = "entries", "latest", "served", "tested", "program"
_DATABASE, _RESTORED, _RAN = "database", "restored", "ran"

TESTED = "tested"
"""Of an entry: the digests with which staging runs its images, by image."""

Images = Mapping[str, str]
"""By workload."""


@dataclass(frozen=True)
class Program:
    """The program that made the last update which ended well.

    `ancestors`: the commits before it, as far as they are kept, each cut as `checkout.SHORT` says.
    """

    commit: str = ""
    ancestors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class History:
    """The newest entries first; `latest` of each job that ended well is kept longer than they are.

    `served`: the images that production has run, newest first. `tested`: the digests with which staging ran an image
    last, for the newest 40 images. `restored`: when a backup took production's place last (ISO 8601), empty where none
    did. `ran`: the images that production has run since, and before it with what was backed up, newest first.
    """

    entries: tuple[Entry, ...] = ()
    latest: Mapping[Job, Entry] = field(default_factory=dict)
    served: tuple[Images, ...] = ()
    program: Program = field(default_factory=Program)
    tested: Mapping[str, frozenset[str]] = field(default_factory=dict)
    restored: str = ""
    ran: tuple[Images, ...] = ()

    @classmethod
    def parse(cls, data: Mapping[str, str]) -> History:
        """From the ConfigMap's data; what nobody understands is left out."""
        lines = (_document(line) for line in data.get(_ENTRIES, "").splitlines())
        latest = [_entry(one) for one in _listed(_document(data.get(_LATEST, "")), "entries")]
        served = _listed(_document(data.get(_SERVED, "")), "images")
        database = _document(data.get(_DATABASE, "")) or _of_older_release(latest, served)
        program, tested = _document(data.get(_PROGRAM, "")), _document(data.get(_TESTED, ""))
        return cls(
            tuple(entry for one in lines if (entry := _entry(one))),
            {entry.job: entry for entry in latest if entry},
            tuple(served),
            Program(str(program.get("commit", "")), frozenset(_texts(program, "ancestors"))),
            {image: frozenset(_texts(tested, image)) for image in tested},
            str(database.get(_RESTORED, "")),
            tuple(_listed(database, _RAN)),
        )

    def data(self) -> dict[str, str]:
        """For the ConfigMap; an entry a line, so that people can read it there."""
        return {
            _ENTRIES: "".join(f"{json.dumps(entry.as_dict(), ensure_ascii=False)}\n" for entry in self.entries),
            _LATEST: json.dumps({"entries": [entry.as_dict() for entry in self.latest.values()]}, ensure_ascii=False),
            _SERVED: json.dumps({"images": list(self.served)}),
            _TESTED: json.dumps({image: sorted(found) for image, found in self.tested.items()}),
            _DATABASE: json.dumps({_RESTORED: self.restored, _RAN: list(self.ran)}),
            _PROGRAM: json.dumps({"commit": self.program.commit, "ancestors": sorted(self.program.ancestors)}),
        }

    def with_entry(self, entry: Entry, program: Program | None = None) -> History:
        """The history with one more entry; `program`: that of an update that ended well."""
        before = self.entries
        if before and entry.repeats(before[0]):
            entry, before = replace(entry, times=before[0].times + 1), before[1:]
        done = {entry.job: entry} if entry.outcome is Outcome.DONE else {}
        restored, images = _replaces(entry), entry.facts.get(IMAGES)
        counts = restored or entry.outcome is Outcome.DONE or self._is_updated
        return History(
            (entry, *before)[:LIMIT],
            {**self.latest, **done},
            _newest_first(self.served, images),
            program or self.program,
            _newest_images(self.tested, entry.facts.get(TESTED)),
            entry.began if restored else self.restored,
            _newest_first(() if restored else self.ran, images if counts else None),
        )

    @property
    def last_update(self) -> Entry | None:
        """The newest run of the whole program that ended well."""
        updates = (entry for job, entry in self.latest.items() if job.is_update)
        return max(updates, key=lambda entry: entry.moment, default=None)

    @property
    def _is_updated(self) -> bool:
        """Whether an update ended well since a backup took production's place: until then its release may not fit."""
        last = self.last_update
        return not self.restored or (last is not None and last.began > self.restored)

    @property
    def unfinished(self) -> Entry | None:
        """The newest run of the whole program, where it began to write and did not end well."""
        newest = next((one for one in self.entries if one.job.is_update and one.outcome is not Outcome.REFUSED), None)
        return None if newest is None or newest.outcome is Outcome.DONE else newest

    def has_served(self, workload: str, image: str) -> bool:
        """Whether production has run this image, as far as is known."""
        return any(images.get(workload) == image for images in self.served)

    def has_run_with_database(self, workload: str, image: str) -> bool:
        """Whether production has run this image with the database that it has, before which no backup came back."""
        return any(images.get(workload) == image for images in self.ran)

    def served_by(self, color: str) -> Images:
        """The images with which a colour served production last, as far as is known; empty where nothing is."""
        served = (one.facts.get(IMAGES) for one in self.entries if one.facts.get("production") == color)
        return next(filter(None, served), {})

    @property
    def tested_last(self) -> frozenset[str]:
        """The images that staging ran at the end of the last update, as far as is known."""
        tested = (one.facts.get(TESTED) for one in self.entries)
        return frozenset(next(filter(None, tested), {}))


def history_of(objects: Iterable[Object]) -> History:
    """The history among objects of the namespace; an empty one where there is none."""
    record = object_named(CONFIG_MAP, HISTORY, objects)
    return History.parse(record.get("data") or {}) if record else History()


def _replaces(entry: Entry) -> bool:
    return entry.job is Job.RESTORE and bool(entry.facts.get(REPLACES))


def _of_older_release(latest: Iterable[Entry | None], served: list[Images]) -> Mapping[str, Any]:
    """What is known of the database where a release wrote the history that did not keep it."""
    return {_RESTORED: next((one.began for one in latest if one and _replaces(one)), ""), _RAN: served}


def _newest_first(served: tuple[Images, ...], images: Images | None) -> tuple[Images, ...]:
    if not images:
        return served
    return (images, *(one for one in served if one != images))[:_SERVED_LIMIT]


def _newest_images(
    tested: Mapping[str, frozenset[str]], digests: Mapping[str, Iterable[str]] | None
) -> Mapping[str, frozenset[str]]:
    new = {image: frozenset(found) for image, found in (digests or {}).items()}
    older = {image: found for image, found in tested.items() if image not in new}
    return dict([*new.items(), *older.items()][:_TESTED_LIMIT])


def _document(text: str) -> Mapping[str, Any]:
    with contextlib.suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict):
            return found
    return {}


def _listed(document: Mapping[str, Any], key: str) -> list[Any]:
    found = document.get(key)
    return found if isinstance(found, list) else []


def _texts(document: Mapping[str, Any], key: str) -> list[str]:
    return [one for one in _listed(document, key) if isinstance(one, str)]


def _entry(found: Any) -> Entry | None:
    try:
        return Entry.parse(found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
