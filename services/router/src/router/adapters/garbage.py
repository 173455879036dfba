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
    would go again and again for a second and more. A cycle that survives its only look stays;
    those that others make live shortly. When twice as much is there as after the last look at
    everything, everything is looked at here, where a partition changes hands and all waits anyway.
    """
    global _known
    if gc.get_freeze_count() > 2 * _known:
        gc.unfreeze()
    is_everything = not gc.get_freeze_count()
    gc.set_threshold(YOUNG, *OLDER)
    gc.collect()
    gc.freeze()
    if is_everything:
        _known = gc.get_freeze_count()
    if _keep not in gc.callbacks:
        gc.callbacks.append(_keep)


def _keep(phase: str, _: dict[str, Any]) -> None:
    if phase == "stop":
        gc.freeze()
