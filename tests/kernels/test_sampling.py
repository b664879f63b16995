"""Keyed draws: reproducible, independent of each other, fair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.sampling import random_bits, sample_positions


def splitmix(value: int) -> int:
    """The finaliser in plain integers."""
    value = (value + 0x9E3779B97F4A7C15) % 2**64
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) % 2**64
    return value ^ (value >> 31)


@given(st.integers(-(2**70), 2**70), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_bits_are_the_hash_in_plain_integers(seed: int, key: int, counter: int) -> None:
    expected = splitmix(splitmix(splitmix(seed % 2**64) ^ (key % 2**64)) ^ splitmix(counter % 2**64))
    assert int(random_bits(seed, key, np.array([counter]))[0]) == expected


def test_samples_are_sets_of_the_size_asked_for() -> None:
    drawn = sample_positions(1000, 100, 42, -1)
    assert len(set(drawn.tolist())) == 100
    assert (np.diff(drawn) > 0).all() and drawn.min() >= 0 and drawn.max() < 1000
    assert sample_positions(5, 9, 42, 0).tolist() == [0, 1, 2, 3, 4]
    assert sample_positions(0, 9, 42, 0).tolist() == []
    assert not np.array_equal(drawn, sample_positions(1000, 100, 43, -1))
    assert not np.array_equal(drawn, sample_positions(1000, 100, 42, 0))


def test_samples_are_fair() -> None:
    counts = np.zeros(50)
    for key in range(2000):
        counts[sample_positions(50, 10, 7, key)] += 1
    # each position: binomial(2000, 0.2), mean 400, standard deviation 17.9
    assert np.abs(counts - 400).max() < 4.5 * 17.9
