"""What every command does first: it connects to the database once, and sees to its schema."""

from perennial.core.errors import MigrationError
from perennial.db import connection, migrating
from perennial.db.starting.refusals import as_settings_errors, place
from perennial.settings import Settings


async def prepare(settings: Settings, *, migrate: bool) -> list[str]:
    """Makes sure that the configured database takes writes and has our schema; returns the migrations it applied.

    With `migrate` False the schema has to be there already. Raises SettingsError or MigrationError: one line that names
    the database and says what to do.
    """
    config = connection.config(settings)
    try:
        with as_settings_errors(settings):
            await connection.check_writable(config)
            if migrate:
                return await migrating.migrate(config)
            pending = await migrating.pending(config)
    except MigrationError as error:
        raise MigrationError(f"{place(settings)}: {error}") from error
    if pending:
        names = ", ".join(pending)
        raise MigrationError(f"{place(settings)}: migrations are pending ({names}); run perennial migrate")
    return []
