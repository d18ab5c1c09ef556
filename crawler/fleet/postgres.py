"""The connection to the PostgreSQL of a fleet, which waits while PostgreSQL is away. Import it only for the queue."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from archive import Redactor
from crawler.errors import ConfigError, StorageFailed
from crawler.terminal import say

T = TypeVar("T")
SECONDS = 5
"""Seconds for a connection, and between two tries."""
IDLE = 20
"""Seconds after which PostgreSQL ends the transaction of a worker that was frozen or lost its network in the middle of
it. Until then it may keep the others from their rows."""
SILENCE = 30
"""Seconds without an answer after which a connection counts as lost, if the machine of PostgreSQL died without a word;
the kernel would wait for two hours."""

_AWAY = (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout)


class Postgres(PsycopgConnector):
    """The connector of procrastinate's app. While PostgreSQL is away, each query waits for it; two lines say so."""

    def __init__(self, database: str, stopping: asyncio.Event, *, patient: bool) -> None:
        """`database`: URL or key words of a connection, which may have a password.

        Once `stopping` is set, or if it is not `patient`, a query does not wait: StorageFailed.
        """
        try:
            parts = conninfo_to_dict(database)
        except psycopg.Error:
            raise ConfigError("[fleet] database is no address of a PostgreSQL database (docs/fleet.md)") from None
        super().__init__()
        secrets = (database, str(parts.get("password") or ""))
        self._redactor = Redactor([secret.encode() for secret in secrets if secret])
        self._database, self._stopping, self._patient = database, stopping, patient
        self._is_away = False
        self.since = time.monotonic()
        """When PostgreSQL was last away, as `time.monotonic` has it; else the start."""

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Have connections while inside."""
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # our own lines say it
        pool = AsyncConnectionPool(
            self._database,
            min_size=1,
            max_size=3,
            timeout=SECONDS,
            open=False,
            kwargs={
                "connect_timeout": SECONDS,
                "application_name": "warcpress",
                "keepalives_idle": SILENCE // 3,
                "keepalives_interval": SILENCE // 3,
                "keepalives_count": 2,
                "tcp_user_timeout": SILENCE * 1000,
            },
            configure=_configure,
            check=AsyncConnectionPool.check_connection,
        )
        await self._patiently(self._try)  # the pool would not say why it has no connection
        async with pool:
            await self.open_async(pool)
            yield

    async def _try(self) -> None:
        try:
            connection = await psycopg.AsyncConnection.connect(self._database, connect_timeout=SECONDS)
        except psycopg.Error as error:
            raise ConnectorException from error
        await connection.close()

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        """Run a statement."""
        await self._patiently(super().execute_query_async, query, arguments)

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        """Return the first row of a query."""
        return await self._patiently(super().execute_query_one_async, query, arguments)

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        return await self._patiently(super().execute_query_all_async, query, arguments)

    async def _patiently(
        self, ask: Callable[..., Awaitable[T]], query: Any = None, arguments: dict[str, Any] | None = None
    ) -> T:
        while True:
            try:
                answer = await (ask() if query is None else ask(query, **(arguments or {})))
            except ConnectorException as error:
                if not isinstance(error.__cause__, _AWAY):
                    raise
                await self._away(error.__cause__)
            else:
                if self._is_away:
                    self._is_away = False
                    say("PostgreSQL answers again")
                return answer

    async def _away(self, error: psycopg.Error) -> None:
        """Say that PostgreSQL is away, unless that is known; wait a little."""
        told = " ".join(self._redactor.text(str(error)).split())
        text = f"PostgreSQL of [fleet] database can't be reached: {told}"
        if not self._patient or self._stopping.is_set():
            raise StorageFailed(text) from None
        self.since = time.monotonic()
        if not self._is_away:
            self._is_away = True
            say(f"{text}; trying again every {SECONDS} s, and what runs goes on", logging.WARNING)
        try:
            await asyncio.wait_for(self._stopping.wait(), SECONDS)
        except TimeoutError:
            return


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE}s'")
    await connection.commit()
