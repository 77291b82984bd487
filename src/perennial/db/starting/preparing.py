"""What every command does first: it connects to the database, and sees to its schema."""

from collections.abc import Iterator
from contextlib import contextmanager

from perennial.core.errors import MigrationError, SettingsError
from perennial.db import connection, migrating
from perennial.db.starting.looks import check_rights, check_writable
from perennial.db.starting.refusals import as_settings_errors, place
from perennial.settings import Settings


async def bring_up_to_date(settings: Settings) -> list[str]:
    """Applies what the configured database lacks of our schema; returns the names of the migrations.

    Raises SettingsError or MigrationError: one line that names the database and says what to do.
    """
    config = connection.config(settings)
    with _naming(settings):
        await check_writable(config)
        return await migrating.migrate(config)


async def prepare(settings: Settings) -> list[str]:
    """Makes sure that we can work on the configured database: it takes writes, and has our schema.

    Brings it up to date if the settings say so, and raises the same errors.
    """
    config = connection.config(settings)
    with _naming(settings):
        await check_writable(config)
        applied = await migrating.migrate(config) if settings.migrate_on_start else []
        if not settings.migrate_on_start and (pending := await migrating.pending(config)):
            raise MigrationError(f"migrations are pending ({', '.join(pending)}); run perennial migrate")
        await check_rights(config)
    return applied


@contextmanager
def _naming(settings: Settings) -> Iterator[None]:
    """Puts the database's name before what is wrong with it."""
    try:
        with as_settings_errors(settings):
            yield
    except (SettingsError, MigrationError) as error:
        if str(error).startswith(place(settings)):
            raise
        raise type(error)(f"{place(settings)}: {error}") from error
