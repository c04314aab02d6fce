"""The environments' databases, by their ConfigMaps in the cluster."""

from __future__ import annotations

from cadrart_infra import naming
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.cluster.kinds import CONFIG_MAP
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import Environment
from cadrart_infra.mysql.sql import LONGEST_NAME


def database_of(kubectl: Kubectl, environment: Environment) -> str:
    """The name of an environment's database; raises BackupError where its ConfigMap does not say."""
    name = naming.config_name(environment)
    config = kubectl.find(CONFIG_MAP, name)
    if config is None:
        raise BackupError(
            f"There is no ConfigMap {name} in namespace {kubectl.namespace}. Nothing was changed. "
            "Check --namespace and --context, or run pulumi up first."
        )
    database = (config.get("data") or {}).get("DATABASE_DATABASE")
    if not database:
        raise BackupError(
            f"ConfigMap {name} in namespace {kubectl.namespace} does not say any more what the database is called. "
            "Nothing was changed. Run pulumi up, which writes it again."
        )
    return str(database)


def comparison_database(kubectl: Kubectl) -> str:
    """See `naming.comparison_database`; raises BackupError if the name is too long."""
    name = naming.comparison_database(database_of(kubectl, Environment.STG))
    if len(name) > LONGEST_NAME:
        raise BackupError(
            f"The name {name}, of the database for the comparison, is longer than the {LONGEST_NAME} characters that a "
            "database's name may have. Shorten the staging database's name."
        )
    return name
