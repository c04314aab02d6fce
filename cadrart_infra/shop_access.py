"""Who works on which database, as a stack's settings say it."""

from cadrart_infra.accounts.statements import Access
from cadrart_infra.settings.database import DatabaseSettings


def access_of(database: DatabaseSettings) -> Access:
    """The two databases and the accounts on them."""
    return Access(
        database.production,
        database.staging,
        database.production_user,
        database.staging_user,
        database.sync_user,
        database.take_over,
        database.staging_connections,
    )
