"""What every command does first: it connects to the database, and sees to its schema."""

from perennial.core.errors import MigrationError
from perennial.db import connection, migrating
from perennial.db.starting.looks import check_rights, check_writable
from perennial.db.starting.refusals import is_refusal_of_migration, naming
from perennial.settings import Settings


async def bring_up_to_date(settings: Settings) -> list[str]:
    """Applies what the configured database lacks of our schema; returns the names of the migrations.

    Raises SettingsError or MigrationError: one line that names the database and says what to do. A fault of a
    migration's own is raised as it is.
    """
    config = connection.config(settings)
    with naming(settings):
        await check_writable(config)
    with naming(settings, is_refusal_of_migration):
        return await migrating.migrate(config)


async def prepare(settings: Settings) -> list[str]:
    """Makes sure that we can work on the configured database: it takes writes, and has our schema.

    Brings it up to date if the settings say so, and raises the same errors.
    """
    applied = await bring_up_to_date(settings) if settings.migrate_on_start else []
    config = connection.config(settings)
    with naming(settings):
        if not settings.migrate_on_start:
            await check_writable(config)
            if pending := await migrating.pending(config):
                raise MigrationError(f"migrations are pending ({', '.join(pending)}); run perennial migrate")
        await check_rights(config)
    return applied
