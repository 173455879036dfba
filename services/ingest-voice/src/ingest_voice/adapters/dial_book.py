"""Callbacks and dials in Postgres: what to call, intent, result."""

import re
from collections.abc import Callable

from chassis.errors import InvalidMessage
from chassis.postgres import Database
from ingest_voice.adapters.codec.callbacks import Callback, Origin
from ingest_voice.adapters.codec.facts import SealedText
from ingest_voice.adapters.vault import Vault
from ingest_voice.handlers.callbacks import Claim, Dial, Target

_PURPOSE = "AddressToken.address"
_NUMBER = re.compile(r"\+\d{3,15}")
# A callback may be asked for 30 days ahead.
KEPT_DAYS = 40
_ARRIVALS_BETWEEN_CLEANINGS = 1000


class DialBook:
    """Each dial is claimed by one process; a claim without a result is told at the next start."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        workspace: str,
        trunk: str,
        holder: Callable[[], str],
    ) -> None:
        self._database = database
        self._vault = vault
        self._workspace = workspace
        self._trunk = trunk
        self._holder = holder
        self._arrivals = 0

    async def keep_origin(self, origin: Origin) -> None:
        """Remember where a customer came from."""
        number = origin.number
        await self._database.execute(
            """
            INSERT INTO origins (workspace, contact_id, key_id, nonce, ciphertext)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """,
            *(self._workspace, origin.contact_id, number.key_id, number.nonce, number.ciphertext),
        )
        self._arrivals += 1
        if self._arrivals % _ARRIVALS_BETWEEN_CLEANINGS == 0:
            await self.forget_old()

    async def keep_callback(self, callback: Callback) -> None:
        """Remember that a customer wants to be called."""
        number = callback.number
        sealed = (number.key_id, number.nonce, number.ciphertext) if number else (None, None, None)
        await self._database.execute(
            """
            INSERT INTO callbacks (workspace, contact_id, initial_id, previous_id, contact_key_id,
                                   conversation_id, key_id, nonce, ciphertext)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
            """,
            *(self._workspace, callback.contact_id, callback.initial_id, callback.previous_id),
            *(callback.key_id, callback.conversation_id, *sealed),
        )

    async def target(self, contact_id: str) -> Target:
        """Whom to call: the number that was asked for, else where the customer came from."""
        row = await self._database.fetchrow(
            """
            SELECT c.contact_key_id, c.conversation_id,
                   coalesce(c.key_id, o.key_id) AS key_id, coalesce(c.nonce, o.nonce) AS nonce,
                   coalesce(c.ciphertext, o.ciphertext) AS ciphertext
            FROM callbacks c LEFT JOIN LATERAL (
                SELECT * FROM origins
                WHERE workspace = c.workspace AND contact_id IN (c.initial_id, c.previous_id)
                ORDER BY contact_id = c.previous_id DESC LIMIT 1
            ) o ON true
            WHERE c.workspace = $1 AND c.contact_id = $2
            """,
            *(self._workspace, contact_id),
        )
        if row is None:
            return Target(address="", key_id="", conversation_id="")
        return Target(
            address=await self._address(row["key_id"], row["nonce"], row["ciphertext"]),
            key_id=row["contact_key_id"],
            conversation_id=row["conversation_id"],
        )

    async def _address(self, key_id: str | None, nonce: bytes, ciphertext: bytes) -> str:
        if key_id is None:
            return ""
        sealed = SealedText(key_id=key_id, nonce=nonce, ciphertext=ciphertext)
        try:
            number = await self._vault.open(sealed, _PURPOSE)
        except InvalidMessage:
            # Its key was destroyed: nobody may be called.
            return ""
        return self._trunk.format(number=number) if _NUMBER.fullmatch(number) else ""

    async def claim(self, dial: Dial) -> Claim:
        """Write the intent; a customer who is on a line already is not called again."""
        claimed = await self._database.fetchval(
            """
            INSERT INTO dials (command_id, workspace, contact_id, offer_id, agent_id, holder)
            SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (
                SELECT 1 FROM dials
                WHERE workspace = $2 AND contact_id = $3 AND result = 'answered'
            )
            ON CONFLICT DO NOTHING RETURNING true
            """,
            *(dial.command_id, self._workspace, dial.contact_id, dial.offer_id, dial.agent_id),
            self._holder(),
        )
        if claimed:
            return Claim.NEW
        is_lost = await self._database.fetchval(
            "SELECT holder <> $3 AND result IS NULL FROM dials "
            "WHERE workspace = $1 AND command_id = $2",
            *(self._workspace, dial.command_id, self._holder()),
        )
        return Claim.UNKNOWN if is_lost else Claim.TAKEN

    async def note_dialled(self, command_id: str) -> None:
        """The customer is called now."""
        await self._database.execute(
            "UPDATE dials SET dialled_at = clock_timestamp() "
            "WHERE workspace = $1 AND command_id = $2",
            *(self._workspace, command_id),
        )

    async def note_result(self, command_id: str, result: str) -> None:
        """What became of it, once."""
        await self._database.execute(
            "UPDATE dials SET result = $3, ended_at = clock_timestamp() "
            "WHERE workspace = $1 AND command_id = $2 AND result IS NULL",
            *(self._workspace, command_id, result),
        )

    async def unresolved(self, after: str, most: int) -> list[Dial]:
        """What an earlier process with our folder left without a result, by command id."""
        rows = await self._database.fetch(
            "SELECT command_id, contact_id, offer_id, agent_id, "
            "dialled_at IS NOT NULL AS is_dialled FROM dials "
            "WHERE holder = $1 AND workspace = $2 AND result IS NULL AND command_id > $3 "
            "ORDER BY command_id LIMIT $4",
            *(self._holder(), self._workspace, after, most),
        )
        return [Dial(**dict(row)) for row in rows]

    async def forget_old(self) -> None:
        """Drop what no callback can need any more."""
        for table, stamp in (("origins", "arrived_at"), ("callbacks", "taken_at"),
                             ("dials", "claimed_at")):  # fmt: skip
            await self._database.execute(
                f"DELETE FROM {table} WHERE {stamp} < now() - make_interval(days => $1)",  # noqa: S608
                KEPT_DAYS,
            )
