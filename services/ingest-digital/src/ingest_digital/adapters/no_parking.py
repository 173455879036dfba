"""For topics whose bad records other services park."""

from chassis.kafka import Record


class NoParking:
    """Lets a record go; the chassis has logged and counted it."""

    async def park(self, record: Record, reason: str) -> None:
        """Nothing more to do."""
