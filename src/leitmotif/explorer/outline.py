"""The topics as an outline: a hierarchy whose branches have a handful of parts each, for people to open one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from leitmotif.building.represent import words_of_matrix
from leitmotif.explorer.wording import distinct
from leitmotif.kernels.linkage import node_members, topic_linkage
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix

__all__ = ["Branch", "outline", "parts_of"]

PARTS = 8
"""Most parts of a branch: what is taken in at a glance."""
FEWEST = 3
N_WORDS = 12
"""Best words of a branch, of which its label takes three."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Branch:
    """Some topics that belong together.

    Attributes
    ----------
    label : str
        Its best words, without those of the branches that it is a part of; ``""`` for the trunk, which holds all topics.
    children : list of Branch and int
        Branches, and ids of topics.
    """

    label: str
    children: list[Branch | int]


def outline(state: TopicState) -> Branch | None:
    """All topics but the outliers in branches of at most :data:`PARTS` parts, by the similarity of their embeddings.

    Without topic embeddings the rows of c-TF-IDF are compared. A branch is called by the words that weigh more in its
    topics than in all of the branch that it is a part of: what is common everywhere, "the" and "of", cancels out.

    Returns
    -------
    Branch or None
        None for fewer than three topics, or a model without c-TF-IDF. O(T² d) for T topics in d dimensions.
    """
    ids = state.inner_ids
    if len(ids) < FEWEST or state.ctfidf is None or state.vocabulary is None:
        return None
    inner = state.inner_rows
    vectors = state.ctfidf[inner] if state.topic_embeddings is None else state.topic_embeddings[inner]
    linkage = topic_linkage(vectors)
    members = node_members(linkage)
    weights = state.ctfidf[inner]
    terms = state.vocabulary.terms

    def mean_of(leaves: IntVector) -> SparseMatrix:
        sizes = np.maximum(state.sizes[inner][leaves], 1)  # no document may have a topic of a few passages
        shares = sizes / sizes.sum()
        return csr_matrix(shares[None, :]) @ weights[leaves]

    def grow(node: int, around: SparseMatrix | None, said: list[str]) -> Branch | int:
        if node < len(ids):
            return int(ids[node])
        leaves = members[node]
        mean = mean_of(leaves)
        heading: list[str] = []
        if around is not None:
            words = words_of_matrix((mean - around).tocsr(), terms, np.zeros(1, dtype=np.int64), N_WORDS)[0]
            heading = distinct([word for word, weight in words if word and weight > 0], 3, said)
        parts = leaves.tolist() if len(leaves) <= PARTS else parts_of(linkage, node)
        return Branch(label=", ".join(heading), children=[grow(part, mean, [*said, *heading]) for part in parts])

    trunk = grow(2 * len(ids) - 2, None, [])
    return trunk if isinstance(trunk, Branch) else None


def parts_of(linkage: FloatMatrix, node: int) -> list[int]:
    """A node of a merge tree cut into at most :data:`PARTS` nodes, undoing the widest merges first.

    Parameters
    ----------
    linkage : ndarray of float64, shape (n - 1, 4)
        As SciPy has it: row i makes node ``n + i``.
    node : int
        At least n: not a leaf.
    """
    n = len(linkage) + 1
    parts = [node]
    while len(parts) < PARTS:
        widest = max(parts, key=lambda part: (linkage[part - n, 2] if part >= n else -1.0, part))
        if widest < n:
            break
        parts.remove(widest)
        parts += linkage[widest - n, :2].astype(np.int64).tolist()
    return parts
