"""The default words of a topic."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from leitmotif.kernels.ctfidf import top_terms
from leitmotif.kernels.forms import alike
from leitmotif.kernels.grouping import group_sums
from leitmotif.kernels.wordchoice import N_CANDIDATES, choose, pair_counts, pair_npmi, relevance
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector, SparseMatrix, Words, WordsByTopic

__all__ = ["TopicWords"]

RIVALRY = 1.0
"""How fast a word loses worth to a topic with the number of topics to which it says more: its power."""

MOST = 0.5
"""A word or a phrase gives way to a longer phrase that more than this share of its documents in the topic have it in, and of two
phrases that overlap one to the other, where more of its documents have both."""


class TopicWords(BaseRepresentation):
    """Words that are typical of their topic, of no other, and of one another's documents.

    Three scores are combined, as none wins alone: c-TF-IDF, the lift of a word in a topic's documents (shrunken, so that
    rare words do not leak in, and shared out among the topics that have the word), and the normalised pointwise
    mutual information of the words taken together. Of words that say the same only one is taken: a phrase or its
    words, "economic" or "economist".

    Parameters
    ----------
    top_n_words : int, optional
        How many words a topic gets; default the model's.

    Notes
    -----
    A pair is a word and its relevance (c-TF-IDF times lift), best first. Only counts are looked at, so that the
    words do not depend on the embedding model. Cost O(entries of the counts), and O(48² · documents of the candidates)
    a topic.
    """

    quick = True
    """It costs no more than counting: a sweep over numbers of topics makes these words too."""

    def __init__(self, top_n_words: int | None = None) -> None:
        self.top_n_words = top_n_words

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """The best words of each topic among all terms of the evidence; ``words`` is what a topic without any keeps."""
        counts, terms = evidence.document_terms, evidence.terms
        ids, rows = np.unique(evidence.topics, return_inverse=True)
        n_words = self.top_n_words or evidence.top_n_words
        wanted = set(evidence.topic_ids.tolist())
        present = counts.astype(bool)
        # Every topic is weighed, also where few are described: a word is shared out among all that have it.
        frequency = group_sums(present.astype(np.int32), rows, len(ids))
        weights = evidence.weigh(group_sums(counts, rows, len(ids)))
        relevant = relevance(weights, frequency, np.bincount(rows, minlength=len(ids)))
        result = {int(topic): list(pairs[:n_words]) for topic, pairs in words.items()}
        if not relevant.nnz:
            return result
        columns, scores = top_terms(relevant, N_CANDIDATES)
        by_term = csc_matrix(present)
        for row in range(len(ids)):
            columns[row] = _distinct(columns[row], scores[row], terms, frequency[row], by_term)
        npmi = pair_npmi(pair_counts(by_term, columns), counts.shape[0])
        chosen = [_chosen(columns[row], scores[row], npmi[row], n_words) for row in range(len(ids))]
        rivals = [found if topic != OUTLIER else found[:0] for topic, found in zip(ids.tolist(), chosen, strict=True)]
        claimed = scores / _claims(columns, scores, rivals)
        for row, topic in enumerate(ids.tolist()):
            found = _chosen(columns[row], claimed[row], npmi[row], n_words)
            if topic in wanted and len(found):
                found = found[np.argsort(-scores[row, found], kind="stable")]
                result[topic] = [(str(terms[columns[row, i]]), float(scores[row, i])) for i in found.tolist()]
        return result


def _chosen(columns: IntVector, scores: NDArray[np.float64], npmi: FloatMatrix, n: int) -> IntVector:
    """Positions of the best candidates of one topic."""
    found = np.flatnonzero(columns >= 0)
    return found[choose(scores[found], npmi[np.ix_(found, found)], n)] if len(found) else found


def _claims(columns: IntVector, scores: NDArray[np.float64], chosen: list[IntVector]) -> NDArray[np.float64]:
    """How much less a candidate is worth to a topic, as others to which it says more have chosen it; at least 1."""
    claims: dict[int, list[float]] = {}
    for row, found in enumerate(chosen):
        for i in found.tolist():
            claims.setdefault(int(columns[row, i]), []).append(float(scores[row, i]))
    above = np.zeros(scores.shape)
    for row, i in zip(*np.nonzero(columns >= 0), strict=True):
        rivals = claims.get(int(columns[row, i]))
        if rivals:
            above[row, i] = sum(rival > scores[row, i] for rival in rivals)
    return (1.0 + above) ** RIVALRY


def _distinct(
    columns: IntVector, scores: NDArray[np.float64], terms: np.ndarray, frequency: SparseMatrix, by_term: csc_matrix
) -> IntVector:
    """Candidates of a topic, best first, with -1 in place of those that another one says.

    Parameters
    ----------
    columns : ndarray of int64, shape (k,)
    scores : ndarray of float64, shape (k,)
        Changed in place: a form gets the scores of those that it stands for.
    terms : ndarray of str
    frequency : csr_matrix, shape (1, V)
        Documents of the topic that have each term.
    by_term : csc_matrix, shape (N, V)
        Which documents have each term.
    """
    if not frequency.nnz:  # a topic of texts without a word
        return columns
    names = [str(terms[column]) if column >= 0 else "" for column in columns.tolist()]
    place = {name: i for i, name in enumerate(names) if name}
    at = np.searchsorted(frequency.indices, np.maximum(columns, 0))
    documents = frequency.data[np.minimum(at, len(frequency.data) - 1)]
    kept = columns.copy()
    # Of a phrase and what it is made of only what most of the documents have is taken, the longest phrases first.
    ranked = sorted((i for i, name in enumerate(names) if " " in name), key=lambda i: (-names[i].count(" "), i))
    for i in ranked:
        inside = [place[part] for part in _parts(names[i]) if part in place and kept[place[part]] >= 0]
        covered = [j for j in inside if documents[i] > MOST * documents[j]]
        if any(" " in names[j] for j in inside if j not in covered):
            # One of its parts says more, and its other parts are fragments.
            kept[[i, *(j for j in covered if " " in names[j])]] = -1
        elif inside and not covered:
            kept[i] = -1
        else:
            kept[covered] = -1
    everywhere = np.diff(by_term.indptr)
    for chain in _chains(names, columns, by_term, [i for i in ranked if kept[i] >= 0]):
        best = max(chain, key=lambda i: (names[i].count(" "), everywhere[columns[i]], -i))
        kept[[i for i in chain if i != best]] = -1
    taken: set[str] = set()
    for i, name in enumerate(names):
        if kept[i] >= 0 and " " in name:
            words = name.split(" ")
            if 2 * sum(word in taken for word in words) >= len(words) + (len(words) == 2):
                kept[i] = -1  # it overlaps with phrases that stand before it
            else:
                taken.update(words)
    starts: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if kept[i] >= 0:
            others = starts.setdefault(name[:3], [])
            first = next((j for j in others if alike(name, names[j])), None)
            if first is None:
                others.append(i)
            else:  # the commoner form stands for both
                scores[first] += scores[i]
                if documents[i] > documents[first]:
                    kept[first], names[first], documents[first] = kept[i], name, documents[i]
                kept[i] = -1
    return kept


def _chains(names: list[str], columns: IntVector, by_term: csc_matrix, phrases: list[int]) -> list[list[int]]:
    """Phrases in groups: each overlaps with another of its group, and most documents of the rarer of the two have both."""
    documents = {i: by_term.indices[by_term.indptr[columns[i]] : by_term.indptr[columns[i] + 1]] for i in phrases}
    group = {i: [i] for i in phrases}
    for i, j in combinations(phrases, 2):
        if group[i] is not group[j] and _overlap(names[i], names[j]):
            both = len(np.intersect1d(documents[i], documents[j], assume_unique=True))
            if both > MOST * min(len(documents[i]), len(documents[j])):
                group[i] += group[j]
                group.update(dict.fromkeys(group[j], group[i]))
    return [chain for i, chain in group.items() if chain[0] == i]


def _overlap(one: str, other: str) -> bool:
    """Whether a phrase begins with words that the other one ends in."""
    first, second = one.split(" "), other.split(" ")
    return any(first[-n:] == second[:n] or second[-n:] == first[:n] for n in range(1, min(len(first), len(second))))


def _parts(phrase: str) -> list[str]:
    """All shorter runs of words of a phrase."""
    words = phrase.split(" ")
    return [" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1) if j - i < len(words)]
