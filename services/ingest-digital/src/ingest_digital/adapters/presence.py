"""Which chats have a window on any replica, in Postgres."""

from collections.abc import Sequence

from chassis.postgres import Database

CLAIM_SECONDS = 60.0
KEPT_SECONDS = 86_400.0


class PostgresPresence:
    """All times are the database's, so the replicas' clocks do not matter."""

    def __init__(self, database: Database, workspace: str) -> None:
        self._database = database
        self._workspace = workspace

    async def beat(self, conversation_ids: Sequence[str]) -> None:
        """These have a window here, now."""
        if not conversation_ids:
            return
        await self._database.execute(
            """
            INSERT INTO chat_presence (workspace, conversation_id, seen_at)
            SELECT $1, unnest($2::text[]), now() ORDER BY 2
            ON CONFLICT (workspace, conversation_id) DO UPDATE SET seen_at = now()
            """,
            self._workspace,
            sorted(conversation_ids),
        )

    async def claim_absent(
        self, conversation_ids: Sequence[str], absent_seconds: float
    ) -> list[str]:
        """Those that had no window anywhere for so long; each is given to one replica."""
        rows = await self._database.fetch(
            """
            INSERT INTO chat_presence AS known (workspace, conversation_id, claimed_at)
            SELECT $1, unnest($2::text[]), now() ORDER BY 2
            ON CONFLICT (workspace, conversation_id) DO UPDATE SET claimed_at = now()
            WHERE coalesce(known.seen_at, '-infinity') <= now() - make_interval(secs => $3)
              AND coalesce(known.claimed_at, '-infinity') <= now() - make_interval(secs => $4)
            RETURNING conversation_id
            """,
            self._workspace,
            sorted(conversation_ids),
            absent_seconds,
            min(CLAIM_SECONDS, absent_seconds),
        )
        return [row["conversation_id"] for row in rows]

    async def forget_old(self) -> None:
        """Drop what nobody asks about any more."""
        await self._database.execute(
            "DELETE FROM chat_presence"
            " WHERE greatest(seen_at, claimed_at) < now() - make_interval(secs => $1)",
            KEPT_SECONDS,
        )
