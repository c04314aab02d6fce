"""The stack's settings: the only reader of the stack's configuration, and what refuses it when it is wrong.

Every key has its default and its meaning here; `make docs` writes both to `Pulumi.yaml` and docs/configuration.md.
"""

from cadrart_infra.settings.errors import SettingsError
from cadrart_infra.settings.lost_lines import refuse_lost_lines
from cadrart_infra.settings.stack import Settings, load, own_values, parse, refuse_secrets

__all__ = ["Settings", "SettingsError", "load", "own_values", "parse", "refuse_lost_lines", "refuse_secrets"]
