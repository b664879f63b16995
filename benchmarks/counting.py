"""Counting words and pairs of words of 20,000 abstracts: ours against scikit-learn's CountVectorizer.

    python benchmarks/counting.py [--rounds 3] [--documents 20000]

Measured: ``fit_transform`` and ``get_feature_names_out`` with ``ngram_range=(1, 2), stop_words="english"``; the
documents are in memory before, the libraries imported. Both results are compared entry for entry first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import harness

SETTINGS: dict[str, Any] = {"ngram_range": (1, 2), "stop_words": "english"}


def job(vectorizer: Any, documents: int | None) -> Callable[[], Any]:
    docs = harness.texts("arxiv20k", documents)
    vectorizer.fit_transform(docs[:50])

    def work() -> Any:
        return vectorizer.fit_transform(docs), vectorizer.get_feature_names_out()

    return work


def main() -> None:
    options = harness.parser(__doc__).parse_args()

    def ours() -> Callable[[], Any]:
        from leitmotif.vectorizers import CountVectorizer

        return job(CountVectorizer(**SETTINGS), options.documents)

    def sklearn() -> Callable[[], Any]:
        from sklearn.feature_extraction.text import CountVectorizer

        return job(CountVectorizer(**SETTINGS), options.documents)

    if options.side:
        harness.sides({"leitmotif": ours, "scikit-learn": sklearn})
        return
    (matrix, terms), (expected, expected_terms) = ours()(), sklearn()()
    equal = (terms == expected_terms).all() and (matrix != expected).nnz == 0
    shape = {"documents": matrix.shape[0], "terms": matrix.shape[1], "entries": matrix.nnz}
    del matrix, terms, expected, expected_terms
    arguments = [] if options.documents is None else ["--documents", str(options.documents)]
    result = harness.in_turns(__file__, "leitmotif", "scikit-learn", options.rounds, arguments=arguments)
    harness.write("counting", {**harness.facts(), **shape, "equal": bool(equal), **result})


if __name__ == "__main__":
    main()
