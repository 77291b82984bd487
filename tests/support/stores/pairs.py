"""A PostgreSQL that fails over: a primary, its replica, and the address of the one that is in charge."""

import asyncio
from dataclasses import dataclass

from support.stores.catalogs import read_postgres
from support.stores.forwarder import Forwarder
from support.stores.postgres import OwnPostgres, Standby
from support.story import eventually

READ_ONLY = "ALTER SYSTEM SET default_transaction_read_only = on"
WRITERS = "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL"


@dataclass
class Pair:
    """A primary with a replica, and the address at which clients find the one that is in charge."""

    primary: OwnPostgres
    standby: Standby
    address: Forwarder

    @property
    def url(self) -> str:
        """The database, by that address."""
        return f"postgres://perennial@127.0.0.1:{self.address.port}/chaos"

    @property
    def url_of_both(self) -> str:
        """The database, by the addresses of both."""
        hosts = ",".join(one.socket.rpartition("/")[0] for one in (self.primary, self.standby))
        return f"postgres://perennial@/chaos?host={hosts}&target_session_attrs=read-write"

    async def switch_over(self) -> None:
        """As an operator does: the old primary takes no more writes, the replica catches up, and the address moves.

        The old primary stays up, and so do its sessions.
        """
        await read_postgres(self.primary.url, READ_ONLY, "SELECT pg_reload_conf()")
        await eventually(self._has_caught_up, "the replica has everything")
        await self.take_over()

    async def take_over(self) -> None:
        """The replica becomes the primary, and new connections lead to it."""
        await asyncio.to_thread(self.standby.promote)
        self.address.target = self.standby.socket

    async def cut_off(self) -> None:
        """From now on the replica hears nothing: what is written is on the primary alone, if that goes on."""
        await read_postgres(self.standby.url, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        await eventually(self._hears_nothing, "the replica hears nothing")

    async def _hears_nothing(self) -> bool:
        return not await read_postgres(self.standby.url, "SELECT 1 FROM pg_stat_wal_receiver")

    async def _has_caught_up(self) -> bool:
        [(writers,)] = await read_postgres(self.primary.url, WRITERS)
        [(written,)] = await read_postgres(self.primary.url, "SELECT pg_current_wal_lsn()::text")
        replayed = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        return not writers and (await read_postgres(self.standby.url, replayed))[0][0]
