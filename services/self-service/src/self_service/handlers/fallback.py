"""What is done with a contact whose flow cannot run: people take over, loudly."""

import logging

from self_service import metrics
from self_service.domain.effects import RequestQueue, derived_id, of_run
from self_service.handlers.ports import Outbox, Policies

FALLBACK = "fallback"

log = logging.getLogger(__name__)


class Fallback:
    """Sends contacts to the queue of the setting, else to the first queue of the policy."""

    def __init__(self, policies: Policies, outbox: Outbox, queue: str = "") -> None:
        self._policies = policies
        self._outbox = outbox
        self._queue = queue

    async def take(self, workspace: str, contact_id: str, reason: str, run: int = 0) -> bool:
        """Ask for the fallback queue; whether there is one."""
        queue = self._queue or self._policies.first_queue(workspace)
        about = {"contact.id": contact_id, "workspace": workspace, "reason": reason}
        if not queue:
            log.error("contact stranded: no flow and no queue", extra=about)
            metrics.STRANDED.labels(reason).inc()
            return False
        log.error("contact sent to the fallback queue", extra={**about, "queue": queue})
        request = RequestQueue(effect_id=self.request_id(workspace, contact_id, run), queue=queue)
        await self._outbox.request(workspace, contact_id, request)
        metrics.FALLBACKS.labels(reason).inc()
        return True

    def request_id(self, workspace: str, contact_id: str, run: int = 0) -> str:
        """Return the id of the one fallback request of this flow of the contact."""
        return derived_id(workspace, contact_id, of_run(FALLBACK, run))
