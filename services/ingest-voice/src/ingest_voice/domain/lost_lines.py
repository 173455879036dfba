"""Calls that a crash ended: under which contact each of them would be going on by now."""

from collections.abc import Iterable


class LostLines:
    """Follows lost calls through the transfers that were decided while nobody held them."""

    def __init__(self, contact_ids: Iterable[str]) -> None:
        # Each contact that ever had one of the lines, and the contact that the line went on with.
        self._heirs: dict[str, str] = dict.fromkeys(contact_ids, "")

    def transferred(self, contact_id: str, new_contact_id: str) -> bool:
        """The line goes on with another contact; False for a line that is not lost, or not new."""
        if self._heirs.get(contact_id) != "" or new_contact_id == contact_id:
            return False
        self._heirs[contact_id] = new_contact_id
        self._heirs.setdefault(new_contact_id, "")
        return True

    def line_of(self, contact_id: str) -> str:
        """The contact that has the line now. What it was before is the agents' to wrap up."""
        seen = {contact_id}
        while (heir := self._heirs.get(contact_id, "")) and heir not in seen:
            contact_id = heir
            seen.add(heir)
        return contact_id
