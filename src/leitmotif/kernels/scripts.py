"""Words of scripts that put no spaces between them: Chinese, Japanese, Thai, Lao, Khmer, Burmese.

No dictionary is needed. A piece of text is a word where its characters stand together far more often than chance would have
it, and where what stands before and after it varies (the branching entropy of Jin and Tanaka-Ishii, "Unsupervised
segmentation of Chinese text by use of branching entropy", COLING/ACL 2006).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels.counts import TokenStream

__all__ = ["in_words", "is_unspaced", "lexicon", "replaced", "runs_of", "with_words"]

LONGEST = 6
"""Characters of a word, at most."""

LEAST_COUNT = 5
LEAST_COHESION = 3.0
"""Natural logarithm of how many times more often than by chance the parts of a word stand together, at its weakest joint."""

LEAST_ENTROPY = 1.0
"""Of the characters on either side, in nats."""

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〇"
_HIRAGANA = r"\u3041-\u309f"
_KATAKANA = r"\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_SOUTHEAST = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}{_SOUTHEAST}]")
_EASTERN = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]")
_RUNS = re.compile(
    f"([{_HAN}]+)|([{_HIRAGANA}]+)|([{_KATAKANA}]+)|([{_SOUTHEAST}]+)|([^{_HAN}{_HIRAGANA}{_KATAKANA}{_SOUTHEAST}]+)"
)


def runs_of(token: str) -> list[tuple[str, bool]]:
    """Pieces of a token in one script each, and whether a piece may hold several words.

    Katakana and letters of spaced scripts are words as they stand; Hiragana is mostly grammar, and left out.
    """
    found = []
    for match in _RUNS.finditer(token):
        kind = match.lastindex
        if kind != 2:
            found.append((match.group(), kind in (1, 4)))
    return found


def is_unspaced(token: str) -> bool:
    """Whether a token holds a character of these scripts."""
    return _UNSPACED.search(token) is not None


def lexicon(runs: Sequence[str], times: Sequence[int]) -> frozenset[str]:
    """Words of two to :data:`LONGEST` characters among some runs of characters.

    Parameters
    ----------
    runs : sequence of str
        Distinct.
    times : sequence of int
        How often each occurs.

    Returns
    -------
    frozenset of str
        Cost O(L log L) for L characters, for each length.
    """
    if not runs:
        return frozenset()
    points, begin = _points(runs)
    weight = np.repeat(np.asarray(times, dtype=np.float64), np.diff(begin))
    end = np.repeat(begin[1:], np.diff(begin))
    place = np.arange(len(points))
    total = weight.sum()
    # grams[n]: the number of the n-gram that begins at each place, -1 where the run ends before; counts[n]: how often it occurs.
    grams, counts = [np.zeros(len(points), dtype=np.int64)], [np.array([total])]
    for n in range(1, LONGEST + 2):
        fits = np.flatnonzero(place + n <= end)
        number = np.full(len(points), -1, dtype=np.int64)
        if len(fits):
            keys = grams[n - 1][fits] * 0x110000 + points[fits + n - 1] if n > 1 else points[fits]
            _, inverse = np.unique(keys, return_inverse=True)
            number[fits] = inverse.ravel()
            counts.append(np.bincount(number[fits], weights=weight[fits]))
        else:
            counts.append(np.zeros(0))
        grams.append(number)
    least = max(LEAST_COUNT, total / 400_000)
    words: set[str] = set()
    for n in range(2, LONGEST + 1):
        fits = np.flatnonzero(grams[n] >= 0)
        if not len(fits):
            break
        own = grams[n][fits]
        first = np.full(len(counts[n]), -1, dtype=np.int64)
        first[own[::-1]] = fits[::-1]  # where each n-gram stands for the first time
        cohesion = np.full(len(counts[n]), np.inf)
        for cut in range(1, n):
            left, right = counts[cut][grams[cut][first]], counts[n - cut][grams[n - cut][first + cut]]
            cohesion = np.minimum(cohesion, np.log(counts[n] * total / (left * right)))
        good = (counts[n] >= least) & (cohesion >= LEAST_COHESION)
        if not good.any():
            continue
        before = np.where(fits > begin[np.searchsorted(begin, fits, side="right") - 1], points[fits - 1], -1)
        after = np.where(fits + n < end[fits], points[np.minimum(fits + n, len(points) - 1)], -1)
        good &= _entropy(own, before, weight[fits], len(good)) >= LEAST_ENTROPY
        good &= _entropy(own, after, weight[fits], len(good)) >= LEAST_ENTROPY
        words.update("".join(map(chr, points[at : at + n].tolist())) for at in first[good].tolist())
    return frozenset(words)


def _points(runs: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    text = "".join(runs)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    return points, np.concatenate([[0], np.cumsum([len(run) for run in runs])]).astype(np.int64)


def _entropy(
    group: NDArray[np.int64], neighbour: NDArray[np.int64], weight: NDArray[np.float64], n_groups: int
) -> NDArray[np.float64]:
    """Entropy of the neighbours of each group; the edge of a run is another neighbour each time."""
    total = np.bincount(group, weights=weight, minlength=n_groups)
    inner = neighbour >= 0
    keys, inverse = np.unique(group[inner] * 0x110000 + neighbour[inner], return_inverse=True)
    counts = np.bincount(inverse.ravel(), weights=weight[inner], minlength=len(keys))
    of = keys // 0x110000
    share = counts / total[of]
    entropy = np.bincount(of, weights=-share * np.log(share), minlength=n_groups)
    edges = np.bincount(group[~inner], weights=weight[~inner], minlength=n_groups)
    return entropy + edges / np.maximum(total, 1) * np.log(np.maximum(total, 1))


def in_words(run: str, words: frozenset[str] | set[str]) -> list[str]:
    """A run in words of a lexicon, by longest match; what lies between is a word where it has two or three characters.

    Where nothing is known, as in a handful of texts, a run of Chinese characters is cut into all pairs of neighbours.
    """
    if not words and len(run) > 3 and _EASTERN.match(run):
        return [run[i : i + 2] for i in range(len(run) - 1)]
    found: list[str] = []
    rest = at = 0
    while at < len(run):
        for length in range(min(LONGEST, len(run) - at), 1, -1):
            if run[at : at + length] in words:
                if 2 <= at - rest <= 3:
                    found.append(run[rest:at])
                found.append(run[at : at + length])
                at += length
                rest = at
                break
        else:
            at += 1
    if 2 <= at - rest <= 3:
        found.append(run[rest:at])
    return found


def with_words(
    stream: TokenStream, words: frozenset[str] | None, segment: Callable[[str], list[str]] | None = None
) -> tuple[TokenStream, frozenset[str]]:
    """The stream with each token of these scripts cut into words, and the lexicon: the one given, or that of the stream.

    Parameters
    ----------
    stream : TokenStream
    words : frozenset of str or None
        None: the lexicon is learnt here.
    segment : callable, optional
        Cuts tokens with Chinese or Japanese characters, in place of the lexicon.
    """
    affected = [i for i, token in enumerate(stream.words) if is_unspaced(token)]
    if not affected:
        return stream, words or frozenset()
    cut: list[list[str]] = [[token] for token in stream.words]
    if segment is not None:
        by_dictionary = [i for i in affected if _EASTERN.search(stream.words[i])]
        for i in by_dictionary:
            cut[i] = [word for word in segment(stream.words[i]) if len(word) > 1]
        affected = [i for i in affected if not _EASTERN.search(stream.words[i])]
    pieces = {i: runs_of(stream.words[i]) for i in affected}
    learns = words is None
    if words is None:
        times: dict[str, int] = {}
        frequency = np.bincount(stream.ids, minlength=len(stream.words))
        for i, runs in pieces.items():
            for run, several in runs:
                if several:
                    times[run] = times.get(run, 0) + int(frequency[i])
        words = lexicon(list(times), list(times.values()))
    for i, runs in pieces.items():
        cut[i] = [
            word for run, several in runs for word in (in_words(run, words) if several else [run]) if len(word) > 1
        ]
    if segment is not None and learns:  # so that a machine without the dictionary knows these words
        words = words.union(word for i in by_dictionary for word in cut[i])
    return replaced(stream, cut), words


def replaced(stream: TokenStream, cut: Sequence[Sequence[str]]) -> TokenStream:
    """The stream with other words, none or several, in place of each of its words."""
    names = sorted({word for parts in cut for word in parts})
    number = {word: j for j, word in enumerate(names)}
    sizes = np.array([len(parts) for parts in cut], dtype=np.int64)
    flat = np.array([number[word] for parts in cut for word in parts], dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    lengths = sizes[stream.ids]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = flat[np.repeat(starts[stream.ids] - offsets[:-1], lengths) + np.arange(offsets[-1])]
    return TokenStream(ids, offsets[stream.indptr], names)
