"""The numbers of our workspace, as the active policy has them."""

import logging

from chassis.kafka import Record
from ingest_voice.adapters.codec.orders import voice_policy_of
from ingest_voice.adapters.phone_numbers import dialled, user_of

log = logging.getLogger(__name__)


class PolicyDirectory:
    """Follows the policies; until one is there no number is known."""

    def __init__(self, workspace: str, region: str) -> None:
        self._workspace = workspace
        self._region = region
        self._entry_points: dict[str, str] = {}
        self.calls_lost_back = False

    def entry_point_of(self, to_uri: str) -> str | None:
        """The entry point of the number in a SIP address."""
        return self._entry_points.get(dialled(user_of(to_uri), self._region))

    async def on_policy(self, record: Record) -> None:
        """Take a policy; those of other workspaces are none of ours."""
        if record.key.decode(errors="replace") != self._workspace:
            return
        policy = voice_policy_of(record.value) if record.value else None
        points = policy.entry_points if policy else ()
        self.calls_lost_back = policy is not None and policy.calls_lost_back
        self._entry_points = {dialled(number, self._region): name for number, name in points}
        log.info("entry points taken", extra={"count": len(self._entry_points)})
