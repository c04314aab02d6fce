"""The backups that are kept, and where one is restored to."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from cadrart_infra.backup.backups import (
    Backup,
    backup_name,
    backup_table,
    choose_backup,
    parse_records,
    readable_size,
    without_record,
)
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.restore import places_of
from cadrart_infra.cluster.kinds import Kind
from tests.unit.backup.examples import record


class TestBackups:
    def test_one_of_an_older_release_was_read_only_and_is_of_the_first_form(self) -> None:
        older, newer = Backup.parse(record()), Backup.parse(record(format=2, verified="load"))
        assert (older.format, older.verified) == (1, "read")
        assert (newer.format, newer.verified) == (2, "load")
        assert older.summary().endswith("9.7.4, read but not loaded")
        assert newer.summary().endswith("9.7.4, loaded and compared")

    def test_names_sort_by_time(self) -> None:
        moment = Backup.parse(record()).time
        assert moment == "2026-11-23T21:55:00+00:00"
        assert backup_name(datetime.fromisoformat(moment), "blue") == "20261123-215500-blue"

    def test_one_is_chosen_by_name_or_as_the_latest(self) -> None:
        backups = parse_records([record("20261122-215500-blue"), record()])
        assert choose_backup(backups, "latest").name == "20261123-215500-blue"
        assert choose_backup(backups, "20261122-215500-blue").name == "20261122-215500-blue"
        with pytest.raises(BackupError, match="There are: 20261123-215500-blue, 20261122-215500-blue"):
            choose_backup(backups, "yesterday")
        with pytest.raises(BackupError, match="There is no backup"):
            choose_backup([], "latest")

    @pytest.mark.parametrize("name", ["../20261123-215500-blue", "20261123-215500-blue\n", "", 7])
    def test_a_record_with_another_name_than_backups_have_is_none(self, name: object) -> None:
        """A download writes a file of that name."""
        assert parse_records([record(name=name), record()]) == [Backup.parse(record())]

    def test_a_damaged_record_hides_no_other_backup_and_is_never_passed_over(self) -> None:
        older, cut = record("20261122-215500-blue"), record()[:30]
        lines = ["backup 20261122-215500-blue", older, "", "backup 20261123-215500-blue", cut, "", "backup mine", ""]
        backups = parse_records(lines)
        damaged = without_record(lines, backups)
        assert ([one.name for one in backups], damaged) == (["20261122-215500-blue"], ["20261123-215500-blue"])
        for name in ("latest", "20261123-215500-blue"):
            with pytest.raises(BackupError, match=r"20261123-215500-blue\.json on the claim is missing or damaged"):
                choose_backup(backups, name, damaged)
        assert choose_backup(backups, "20261122-215500-blue", damaged).name == "20261122-215500-blue"
        assert choose_backup(backups, "latest", ["20261101-215500-blue"]).name == "20261122-215500-blue"
        with pytest.raises(BackupError, match="There are: no others"):
            choose_backup([], "latest", damaged)

    def test_the_table_is_for_people(self) -> None:
        heading, line = backup_table(parse_records([record()])).splitlines()
        assert heading.split() == ["NAME", "TIME", "SERVED", "BY", "RELEASES", "TABLES", "SIZE"]
        assert line.split()[-2:] == ["2.3", "MiB"]
        assert "backend:1.0.0" in line

    @pytest.mark.parametrize(("size", "said"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3 << 40, "3.0 TiB")])
    def test_sizes(self, size: int, said: str) -> None:
        assert readable_size(size) == said


class Names:
    """Answers with the databases' names, as the environments' ConfigMaps have them."""

    def __init__(self, production: str, staging: str) -> None:
        self._names = {"cadrart-config-prod": production, "cadrart-config-stg": staging}

    def find(self, _kind: Kind, name: str) -> dict[str, Any]:
        return {"data": {"DATABASE_DATABASE": self._names[name]}}


class TestPlaces:
    def test_they_are_beside_production(self) -> None:
        places = places_of(Names("atelier-cadrart", "atelier-cadrart-stg"))  # type: ignore[arg-type]
        assert (places.production, places.restored) == ("atelier-cadrart", "atelier-cadrart-restored")
        assert re.fullmatch(r"atelier-cadrart-replaced-\d{6}-\d{6}", places.replaced)

    @pytest.mark.parametrize(
        ("production", "staging", "said"),
        [("x" * 42, "y", "longer than the 64 characters"), ("shop", "shop-re", "begins with staging's name shop-re")],
    )
    def test_names_that_cannot_be_are_refused(self, production: str, staging: str, said: str) -> None:
        with pytest.raises(BackupError, match=f"{said}(.|\n)*Nothing was changed"):
            places_of(Names(production, staging))  # type: ignore[arg-type]
