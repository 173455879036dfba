"""When customers come: a day of a real call center as seeded instants."""

from random import Random

from tests.load.bank_calls import BUCKET_SECONDS, counts


def arrivals(day: str | int, factor: float = 1.0, speed: float = 1.0, seed: int = 0) -> list[float]:
    """Return the instants of one day's arrivals, in seconds from its beginning, in order.

    `day` is a date as "2003-03-03", or a number from 0 to 163. Arrivals are a Poisson process
    whose rate is that bucket's count for each five minutes, times `factor`; `speed` makes the
    whole day shorter. The same arguments give the same instants.
    """
    if factor <= 0 or speed <= 0:
        raise ValueError(f"factor {factor} and speed {speed} must be above 0")
    chance = Random(f"{day}/{factor}/{seed}")
    return [instant / speed for instant in _poisson(counts(day), factor, chance)]


def _poisson(counts: tuple[int, ...], factor: float, chance: Random) -> list[float]:
    """Return instants at a rate that stays the same for a bucket: gaps do not remember."""
    found: list[float] = []
    for number, count in enumerate(counts):
        if not count:
            continue
        begins, rate = number * BUCKET_SECONDS, count * factor / BUCKET_SECONDS
        instant = begins + chance.expovariate(rate)
        while instant < begins + BUCKET_SECONDS:
            found.append(instant)
            instant += chance.expovariate(rate)
    return found
