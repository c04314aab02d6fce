"""The rules that a sync applies are inputs: a preview shows a change of them, and none of it is a reason for a sync."""

from __future__ import annotations

from typing import Any

from cadrart_infra.shop_masking import SHOP_COLUMNS, SHOP_KEEP, effective_rules
from cadrart_infra.staging_sync.due import announcement, sync_reasons
from cadrart_infra.staging_sync.inputs import SyncInputs
from cadrart_infra.staging_sync.masking.kinds import KINDS
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.provider import StagingSyncProvider
from tests.unit.staging_sync.given import GIVEN

SETTING: dict[str, Any] = {"enabled": True, "columns": {"client.vat": "text"}, "keep": ["client.tag"]}
RULES = effective_rules(SETTING["columns"], SETTING["keep"])
MASKED = {**GIVEN, "masking": SETTING}
NOW = {**MASKED, "maskingRules": RULES}


def of_another_release(**rules: str) -> dict[str, Any]:
    """The inputs with what a ready set of another release had for these columns of `client`."""
    columns = {f"client.{column}": rule for column, rule in rules.items()}
    return {**NOW, "maskingRules": {**RULES, "columns": {**RULES["columns"], **columns}}}


def test_a_stack_s_own_rules_win_over_the_ready_set() -> None:
    assert RULES["columns"] == {**SHOP_COLUMNS, "client.vat": "text"}
    assert set(RULES["keep"]) == {*SHOP_KEEP, "client.tag"}


def test_every_rule_of_the_ready_set_names_a_kind() -> None:
    kinds = [kind for rule in SHOP_COLUMNS.values() for kind in ([rule] if isinstance(rule, str) else rule.values())]
    assert set(kinds) <= set(KINDS)


def test_a_state_without_rules_is_no_change_at_all() -> None:
    """No release until now recorded any: its stacks preview without a change, and no sync runs."""
    diff = StagingSyncProvider().diff("staging-copy", MASKED, NOW)
    assert not diff.changes
    assert not diff.replaces
    assert sync_reasons(SyncInputs.read(MASKED), SyncInputs.read(NOW)) == []


def test_rules_of_another_release_are_shown_and_start_no_sync() -> None:
    other = of_another_release(mail="text", nickname="first_name")
    diff = StagingSyncProvider().diff("staging-copy", other, NOW)
    assert diff.changes
    assert not diff.replaces
    before, now = SyncInputs.read(other), SyncInputs.read(NOW)
    assert sync_reasons(before, now) == []
    said = announcement(before, now)
    assert "will not run; this release of the program masks client.mail, client.nickname otherwise" in said


def test_an_update_that_takes_note_of_rules_runs_no_sync() -> None:
    """It would need a cluster, and there is none here."""
    recorded = {**of_another_release(mail="text"), "last": {"mode": "full"}}
    updated = StagingSyncProvider().update("staging-copy", recorded, NOW)
    assert updated.outs is not None
    assert updated.outs["last"] == {"mode": "full"}
    assert updated.outs["maskingRules"] == RULES


def test_the_setting_is_a_reason_as_before() -> None:
    asked = {**NOW, "masking": {**SETTING, "keep": []}}
    assert sync_reasons(SyncInputs.read(MASKED), SyncInputs.read(asked)) == ["the masking changed"]


def test_the_order_of_paths_makes_no_other_rules() -> None:
    one = MaskingRules("key", {"offer.client": {"$.mail": "mail", "$.vat": "vat"}})
    other = MaskingRules("key", {"offer.client": {"$.vat": "vat", "$.mail": "mail"}})
    assert one.fingerprint() == other.fingerprint()
    assert one.fingerprint() != MaskingRules("another", one.columns).fingerprint()
