"""Paths of documents: what they may look like, and what the kept and the masked ones allow together."""

from __future__ import annotations

import pytest

from cadrart_infra.staging_sync.masking.allowed_paths import EACH, PathError, allowed_tree, path_of, steps_of
from cadrart_infra.staging_sync.masking.documents import spellings
from cadrart_infra.staging_sync.masking.rules import MaskingRules


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", []),
        ("$.mail", ["mail"]),
        ("$.prénom", ["prénom"]),
        ("$[*].mail", [EACH, "mail"]),
        ("$.a[*][*].b", ["a", EACH, EACH, "b"]),
        ('$."a.b \\"c\\"[*]".d', ['a.b "c"[*]', "d"]),
    ],
)
def test_a_path_is_read_and_written_alike(path: str, steps: list[str | None]) -> None:
    assert steps_of(path) == steps
    assert path_of(steps) == path


@pytest.mark.parametrize("path", ["mail", "$.", "$..a", "$.a[0]", "$.a[", '$."a', "$**.a", "$.a]", "$a"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        steps_of(path)


def test_what_is_masked_below_a_kept_place_is_masked() -> None:
    tree = allowed_tree({"$.a.b": "mail"}, ["$.a.*", "$.a.c"])
    assert not tree.keys["a"].whole
    assert tree.keys["a"].keys["b"].kind == "mail"
    assert tree.keys["a"].keys["c"].kept


def test_a_mask_without_paths_below_it_covers_lists_and_objects() -> None:
    tree = allowed_tree({"$.a": "text", "$.b": "text", "$.b.c": "mail"}, [])
    assert tree.keys["a"].is_closed
    assert not tree.keys["b"].is_closed


def test_a_key_is_looked_for_in_every_spelling() -> None:
    assert spellings("mail") == ["mail"]
    assert spellings("é/") == ["é/", r"\u00e9/", r"\u00E9/", r"é\/", r"\u00e9\/", r"\u00E9\/"]


def test_a_column_whose_name_has_a_dollar_is_no_path() -> None:
    rules = MaskingRules("key", {}, frozenset({"t.price$eur", "t.doc$.a", "t.list$[*]", "t.one$", "t.odd$x$.b"}))
    assert rules.listed == {"t.doc", "t.list", "t.one", "t.odd$x"}
    assert rules.allowed("t.price") is None
    assert rules.allowed("t.price$eur") is None
