"""Who works on which database, as a stack's settings say it."""

from cadrart_infra.accounts.statements import Access
from cadrart_infra.settings.database import DatabaseSettings


def access_of(database: DatabaseSettings) -> Access:
    """The two databases and the accounts on them."""
    return Access(
        production=database.production,
        staging=database.staging,
        production_user=database.production_user,
        staging_user=database.staging_user,
        sync_user=database.sync_user,
        take_over=database.take_over,
        staging_connections=database.staging_connections,
    )
