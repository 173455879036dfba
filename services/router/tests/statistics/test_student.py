"""Student's quantiles are those of the tables, and the intervals hold what they promise."""

from random import Random
from statistics import NormalDist

import pytest

from .comparison import JOINT_ERROR, Batch, compare
from .student import cdf, quantile


@pytest.mark.parametrize(
    ("share", "freedom", "wanted"),
    [
        (0.975, 1, 12.7062),
        (0.975, 4, 2.7764),
        (0.995, 4, 4.6041),
        (0.9995, 9, 4.7809),
        (0.9995, 30, 3.6460),
        (0.975, 120, 1.9799),
    ],
)
def test_quantiles_are_those_of_the_tables(share: float, freedom: int, wanted: float):
    assert quantile(share, freedom) == pytest.approx(wanted, abs=1e-4)
    assert cdf(quantile(share, freedom), freedom) == pytest.approx(share, abs=1e-12)


def test_one_degree_is_cauchy_and_many_are_normal():
    assert cdf(1.0, 1) == pytest.approx(0.75)
    assert quantile(0.9999, 100_000) == pytest.approx(NormalDist().inv_cdf(0.9999), rel=1e-3)


def test_intervals_miss_as_often_as_they_may():
    """2,000 samples of ten, at an error of 5 % each: between 60 and 140 misses (±4σ)."""
    chance, misses = Random(4), 0
    compared_for_five_percent = JOINT_ERROR / 0.05
    for _ in range(2_000):
        batches = [Batch(chance.gauss(3.0, 1.0), 1) for _ in range(10)]
        misses += not compare("mean", batches, 3.0, compared_for_five_percent).agrees

    assert 60 < misses < 140


def test_a_wrong_value_is_contradicted():
    chance = Random(5)
    batches = [Batch(chance.gauss(3.0, 0.1), 1) for _ in range(10)]

    assert not compare("mean", batches, 4.0, 30).agrees
