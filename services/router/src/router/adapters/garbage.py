"""The garbage collector leaves the engine's state alone: its objects have no cycles."""

import gc
from typing import Any

YOUNG = 10_000
"""So many objects more than before are looked at; that takes some milliseconds."""
OLDER = (10, 1_000)
"""Has no effect: what was looked at once does not lie there any more."""

_known = 0
"""How much was there when everything was looked at last."""


def leave_state_alone() -> None:
    """Look at what is new, and from now on at nothing twice.

    A hundred thousand contacts are more than a million objects, through which the collector
    would go again and again for a second and more. A cycle that survives its only look stays until
    twice as much is there as after the last look at everything: then everything is looked at.
    """
    global _known
    if _has_grown():
        gc.unfreeze()
    is_everything = not gc.get_freeze_count()
    gc.set_threshold(YOUNG, *OLDER)
    gc.collect()
    gc.freeze()
    if is_everything:
        _known = gc.get_freeze_count()
    if _keep not in gc.callbacks:
        gc.callbacks.append(_keep)


def look_if_grown() -> bool:
    """Look at everything if twice as much is there; whether that was done.

    To be called now and then: it takes as long as there is much, and then not for long again.
    """
    if not _has_grown():
        return False
    leave_state_alone()
    return True


def _has_grown() -> bool:
    return gc.get_freeze_count() > 2 * _known


def _keep(phase: str, _: dict[str, Any]) -> None:
    if phase == "stop":
        gc.freeze()
