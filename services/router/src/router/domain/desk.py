"""An instance of the desk, as far as the router knows it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Desk:
    """An instance of the desk: alive while it is heard of."""

    silent_at: int
    agents: dict[str, None] = field(default_factory=dict)
