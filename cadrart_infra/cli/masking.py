"""Proposes masking rules for columns that have none, ready to paste; reads no value and changes nothing."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing

from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.schema import read_inventory
from cadrart_infra.mysql.session import connect
from cadrart_infra.mysql.session_settings import READ_ONLY
from cadrart_infra.settings import SettingsError
from cadrart_infra.settings.database import MaskingSettings
from cadrart_infra.shop_masking import effective_rules
from cadrart_infra.staging_sync.errors import explain
from cadrart_infra.staging_sync.masking.allowed_paths import PathError
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.masking.suggestions import KEEP, Suggestion
from cadrart_infra.staging_sync.masking.verified_suggestions import verified_suggestions
from cadrart_infra.staging_sync.server import server_endpoint

_PLAIN = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9_.$*-]*")
_READ_IT = (
    "# A rule for everything that has none, by names and types. Read it before you use it: only you know\n"
    "# what is personal. What you move from keep to columns needs a kind, see docs/staging-sync.md.\n"
)


def missing_rules(workspace: Workspace) -> list[Suggestion]:
    """The columns without a rule, read as the sync's account; raises SyncError if production cannot be read.

    Raises SettingsError where a path in the settings is none.
    """
    settings = workspace.settings
    masking = settings.sync.masking
    rules = MaskingRules("", **effective_rules(masking.columns, masking.keep))
    with server_endpoint(workspace.kubectl(), settings.sync.address, settings.sync.ca) as endpoint:
        try:
            with closing(connect(endpoint)) as session:
                session.run(READ_ONLY)
                return verified_suggestions(session, read_inventory(session, settings.database.production), rules)
        except PathError as error:
            raise SettingsError(f"sync.masking: {error}. Nothing was changed; correct the path.") from None
        except DatabaseError as error:
            raise explain(error, "reading production's definitions", "Nothing was changed.") from None


def as_yaml(found: Sequence[Suggestion], now: MaskingSettings) -> str:
    """The stack's whole masking in YAML: the rules of `now` and the missing ones, each with its column's type."""
    lines = ["config:", "  cadrart-infra:sync:", "    masking:", f"      enabled: {json.dumps(now.enabled)}"]
    columns = list(_columns(found, now))
    keep = [f"        - {_quoted(kept)}" for kept in now.keep]
    keep += [f"        - {_quoted(item.column + item.path)}  # {item.note}" for item in found if item.rule == KEEP]
    lines += ["      columns:" if columns else "      columns: {}", *columns]
    lines += ["      keep:" if keep else "      keep: []", *keep]
    return _READ_IT + "\n".join(lines)


def _columns(found: Sequence[Suggestion], now: MaskingSettings) -> Iterator[str]:
    masked = [item for item in found if item.rule != KEEP]
    with_paths = {item.column for item in masked if item.path}
    for column, rule in now.columns.items():
        if isinstance(rule, str):
            yield f"        {_quoted(column)}: {rule}"
        else:
            with_paths.add(column)
    for item in masked:
        if not item.path:
            yield f"        {_quoted(item.column)}: {item.rule}  # {item.note}"
    for column in sorted(with_paths):
        yield f"        {_quoted(column)}:"
        rules = now.columns.get(column, {})
        for path, kind in rules.items() if not isinstance(rules, str) else ():
            yield f"          {_quoted(path)}: {kind}"
        for item in masked:
            if item.column == column:
                yield f"          {_quoted(item.path)}: {item.rule}  # {item.note}"


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def as_commands(found: Sequence[Suggestion], now: MaskingSettings, stack: str) -> str:
    """A `pulumi config set` for each; new `keep` entries come after those of `now`."""
    lines, kept = [], len(now.keep)
    for item in found:
        if item.rule == KEEP:
            key, value = f"sync.masking.keep[{kept}]", item.column + item.path
            kept += 1
        else:
            places = "".join(f"[{json.dumps(part, ensure_ascii=False)}]" for part in (item.column, item.path) if part)
            key, value = f"sync.masking.columns{places}", item.rule
        command = f"pulumi config set --stack {stack} --path {shlex.quote(key)} {shlex.quote(value)}"
        lines.append(f"{command}  # {item.note}")
    return _READ_IT + "\n".join(lines)
