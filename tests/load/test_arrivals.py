"""The arrivals are those of the real days, seeded, and thinned or hastened as asked."""

from math import sqrt

import pytest

from tests.load.arrivals import arrivals
from tests.load.bank_calls import BUCKET_SECONDS, counts, days


def test_every_weekday_is_read():
    known = days()

    assert len(known) == 164
    assert {len(day) for day in known.values()} == {169}
    assert next(iter(known)) == "2003-03-03"
    assert list(known)[-1] == "2003-10-24"
    assert known["2003-03-03"][:5] == (111, 113, 76, 82, 91)
    assert sum(map(sum, known.values())) == 5_323_661
    assert counts(0) == counts("0") == counts("2003-03-03")


def test_a_day_that_is_not_there_is_refused():
    with pytest.raises(LookupError):
        counts("2003-03-02")
    with pytest.raises(LookupError):
        counts(164)


def test_the_same_arguments_give_the_same_instants():
    once, again, other = (arrivals(3, 0.1, 60, seed) for seed in (7, 7, 8))

    assert once == again != other
    assert once == sorted(once)


def test_speed_makes_the_same_day_shorter():
    slow, fast = arrivals("2003-09-02", 0.2), arrivals("2003-09-02", 0.2, speed=50)

    assert fast == pytest.approx([instant / 50 for instant in slow])
    assert 0 < slow[0] < slow[-1] < 169 * BUCKET_SECONDS


def test_each_bucket_has_its_rate():
    """Dispersion of Poisson counts: (n − μ)² ÷ μ is about chi-square with a degree a bucket."""
    wanted, factor, dispersion = counts("2003-05-07"), 0.5, 0.0
    found = [0] * len(wanted)
    for instant in arrivals("2003-05-07", factor, seed=1):
        found[int(instant // BUCKET_SECONDS)] += 1
    for count, mean in zip(found, wanted, strict=True):
        dispersion += (count - mean * factor) ** 2 / (mean * factor)

    assert abs(sum(found) - sum(wanted) * factor) < 4 * sqrt(sum(wanted) * factor)
    assert abs(dispersion - len(wanted)) < 4 * sqrt(2 * len(wanted))
