"""The buckets in which waits and handle times are counted."""

import pytest

from analytics.domain.durations import Durations, edge_seconds


@pytest.mark.parametrize(
    ("milliseconds", "edge"),
    [
        (0, 0),
        (1, 1),
        (1000, 1),
        (1001, 2),
        (600_000, 600),
        (600_001, 610),
        (3_600_000, 3600),
        (3_600_001, 3660),
        (86_400_000, 86_400),
        (10**12, 30 * 86_400),
    ],
)
def test_the_edges_of_the_buckets(milliseconds, edge):
    assert edge_seconds(milliseconds) == edge


def test_a_quantile_is_at_most_one_bucket_too_high_and_the_mean_is_exact():
    durations = Durations()
    for milliseconds in range(0, 100_000, 7):
        durations.add(milliseconds)

    assert durations.mean_seconds() == sum(range(0, 100_000, 7)) / durations.count / 1000
    for share in (0.1, 0.5, 0.9, 0.99):
        exact = sorted(range(0, 100_000, 7))[int(share * durations.count)] / 1000
        assert exact - 0.01 <= durations.quantile_seconds(share) <= exact + 1
