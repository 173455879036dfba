"""Opening what was sealed, for those who may read."""

import logging
from collections.abc import Sequence

from chassis.errors import InvalidMessage
from chassis.sealing import SealedBytes, associated_data, open_sealed, seal
from crm import metrics
from crm.adapters.codec.records import sealed_bytes, stored_sealed
from crm.adapters.key_store import KeyStore
from crm.domain.keys import ContactKey

BODY = "MessageRecorded.body"
SUBJECT = "MessageRecorded.subject"
FILE_NAME = "Attachment.file_name"
NOTE = "WrapUpFinished.note"
ADDRESS = "AddressToken.address"
NAME = "Customer.name"

Closed = tuple[str, bytes | None]
"""Purpose and stored sealed bytes."""

log = logging.getLogger(__name__)


class SealedTexts:
    """Opens many texts with one look at the keys."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    async def open(self, workspace: str, closed: Sequence[Closed]) -> list[str | None]:
        """Each text in clear: empty when there is none, None when its key is destroyed."""
        sealed = [stored_sealed(stored) if stored else None for _, stored in closed]
        keys = await self._keys.find(workspace, (one.key_id for one in sealed if one))
        return [
            _open(workspace, purpose, one, keys) if one else ""
            for (purpose, _), one in zip(closed, sealed, strict=True)
        ]


def close_text(workspace: str, purpose: str, text: str, key: ContactKey) -> bytes:
    """The text sealed, as it is stored."""
    place = associated_data(workspace, purpose, key.key_id)
    return sealed_bytes(seal(key.key_id, key.key, text.encode(), place))


def _open(workspace: str, purpose: str, sealed: SealedBytes, keys: dict[str, bytes]) -> str | None:
    if sealed.key_id not in keys:
        return None
    try:
        plain = open_sealed(
            keys[sealed.key_id], sealed, associated_data(workspace, purpose, sealed.key_id)
        )
    except (InvalidMessage, ValueError):
        metrics.UNREADABLE.labels(purpose).inc()
        log.error("sealed text does not open", extra={"purpose": purpose, "key.id": sealed.key_id})
        return None
    return plain.decode(errors="replace")
