"""Windows of three words and their pools, against the same written out window by window."""

from __future__ import annotations

import numpy as np
import pytest

from leitmotif.kernels import _native


def arrays(rng, n=37, n_words=30, n_rows=20, n_channels=13, longest=12):
    lengths = rng.integers(0, longest, n)
    pieces = rng.integers(0, 4, n_words)
    return {
        "ids": rng.integers(0, n_words, lengths.sum()).astype(np.int32),
        "indptr": np.concatenate([[0], np.cumsum(lengths)]),
        "starts": np.concatenate([[0], np.cumsum(pieces)]),
        "rows": rng.integers(0, n_rows, pieces.sum()).astype(np.int32),
        "table": rng.integers(-32768, 32768, (n_rows, 3, n_channels)).astype(np.int16),
        "offset": rng.integers(-5000, 5000, n_channels).astype(np.int32),
    }


def by_windows(ids, indptr, starts, rows, table, offset, read, whole):
    """As the formula says, in Python's whole numbers."""
    n, h = len(indptr) - 1, len(offset)
    sums, maxima, weights = np.zeros((n, h), object), np.zeros((n, h), object), np.zeros(n, object)
    for i in range(n):
        text = []
        for word in ids[indptr[i] : indptr[i + 1]]:
            own = rows[starts[word] : starts[word + 1]].tolist()
            text += [(row, whole // len(own)) for row in own]
        text = text[:read]
        for t, (row, weight) in enumerate(text):
            value = offset.astype(object) + table[row, 1]
            if t > 0:
                value = value + table[text[t - 1][0], 0]
            if t + 1 < len(text):
                value = value + table[text[t + 1][0], 2]
            value = np.maximum(value, 0)
            sums[i] += weight * value
            maxima[i] = np.maximum(maxima[i], value)
            weights[i] += weight
    return sums, maxima, weights


@pytest.mark.parametrize("read", [1, 5, 200])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_pools_are_those_of_the_windows_written_out(read, n_threads):
    for seed in range(4):
        given = arrays(np.random.default_rng(seed))
        found = _native.pooled_trigrams(**given, read=read, whole=60, n_threads=n_threads)
        for ours, theirs in zip(found, by_windows(**given, read=read, whole=60), strict=True):
            assert ours.tolist() == theirs.tolist()


def test_more_vector_instructions_change_no_bit(printed_under_instruction_sets):
    script = """if True:
        import hashlib, numpy as np
        from leitmotif.kernels import _native
        rng = np.random.default_rng(3)
        found = _native.pooled_trigrams(
            rng.integers(0, 9, 500).astype(np.int32), np.arange(0, 501, 20), np.arange(10), np.arange(9, dtype=np.int32),
            rng.integers(-32768, 32768, (9, 3, 67)).astype(np.int16), np.arange(67, dtype=np.int32), 128, 60)
        print(hashlib.sha256(b"".join(part.tobytes() for part in found)).hexdigest())
    """
    assert len(printed_under_instruction_sets(script)) == 1


def test_the_largest_values_do_not_overflow():
    most = np.full((1, 3, 4), 32767, np.int16)
    sums, maxima, weights = _native.pooled_trigrams(
        np.zeros(300, np.int32),
        np.array([0, 300]),
        np.array([0, 1]),
        np.zeros(1, np.int32),
        most,
        np.full(4, 32767, np.int32),
        128,
        60,
    )
    assert maxima.tolist() == [[4 * 32767] * 4]
    assert sums.tolist() == [[60 * (126 * 4 + 2 * 3) * 32767] * 4]
    assert weights.tolist() == [128 * 60]


def test_arrays_that_do_not_fit_are_refused():
    given = arrays(np.random.default_rng(0))
    for change, message in (
        ({"offset": given["offset"][:-1]}, "do not fit"),
        ({"offset": given["offset"] + 40_000}, "offset"),
        ({"ids": given["ids"] + 40}, "vocabulary"),
        ({"ids": given["ids"] - 40}, "vocabulary"),
        ({"rows": given["rows"] + 40}, "table"),
        ({"rows": given["rows"][:-1]}, "must not fall"),
        ({"indptr": given["indptr"][::-1].copy()}, "must not fall"),
        ({"read": 1_000_000}, "too large"),
        ({"whole": 0}, "too large"),
    ):
        with pytest.raises(ValueError, match=message):
            _native.pooled_trigrams(**{**given, "read": 128, "whole": 60, **change})
