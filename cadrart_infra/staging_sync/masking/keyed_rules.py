"""Masking rules with the secrets that their masks are made with: the namespace's own key and password."""

from collections.abc import Iterable, Mapping

from cadrart_infra import naming
from cadrart_infra.cluster import secrets
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.staging_sync.masking.rules import MaskingRules, Rule
from cadrart_infra.staging_sync.masking.staging_password import ensure_password_hash


def keyed_rules(kubectl: Kubectl, columns: Mapping[str, Rule], keep: Iterable[str]) -> MaskingRules:
    """The rules with key and password; both are generated into Secrets when they are first needed."""
    key = secrets.ensure_value(kubectl, naming.MASKING_SECRET, "MASKING_KEY")
    return MaskingRules(key, columns, frozenset(keep), ensure_password_hash(kubectl))
