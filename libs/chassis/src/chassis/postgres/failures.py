"""Which of Postgres' errors mean "try again"."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from chassis.errors import NotAllowed, Unavailable
from chassis.postgres import metrics

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,
)

# A schema on the search path that the role may not use looks as if it was not there.
FORBIDDEN = (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError)


@contextmanager
def unavailable_when_away() -> Iterator[None]:
    """Raise Unavailable for a server that is away, too slow, or asks for another try.

    NotAllowed: the role lacks a right.

    After an error during a commit the outcome is unknown: what is done again must be idempotent.
    """
    try:
        yield
    except AWAY as error:
        metrics.UNAVAILABLE.inc()
        raise Unavailable(f"postgres: {type(error).__name__}") from error
    except FORBIDDEN as error:
        raise NotAllowed(f"Postgres does not let us: {error}; see the role's grants") from error
    except asyncpg.InterfaceError as error:
        # The client library says with it both "closed underneath" and "used wrongly".
        if "clos" not in str(error):
            raise
        metrics.UNAVAILABLE.inc()
        raise Unavailable("postgres: connection closed") from error
