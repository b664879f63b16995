"""What every representation model of ours is: ``represent`` for leitmotif, ``extract_topics`` for scripts of BERTopic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leitmotif.estimator import Estimator
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.fitted import evidence_of
from leitmotif.typing import SparseMatrix, Words, WordsByTopic

__all__ = ["BaseRepresentation"]


class BaseRepresentation(Estimator):
    """A representation model that leaves the words as they are; the base of the others.

    Subclasses write :meth:`represent` and store the arguments of their constructor under the same names, as in scikit-learn,
    so that ``get_params``, ``set_params`` and ``sklearn.base.clone`` work.
    """

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:  # noqa: ARG002
        """New words of each topic, from those that the link before gave.

        Parameters
        ----------
        evidence : TopicEvidence
            The topics and their documents, as data.
        words : mapping of int to list of (str, float)
            Best first, without padding.

        Returns
        -------
        dict of int to list of (str, float)
            The same topics; best first, without padding.
        """
        return {int(topic): list(pairs) for topic, pairs in words.items()}

    def extract_topics(
        self, topic_model: Any, documents: Any, c_tf_idf: SparseMatrix, topics: Mapping[int, Words]
    ) -> dict[int, Words]:
        """BERTopic's way to call a representation model: the same as :meth:`represent`, on a fitted model.

        Parameters
        ----------
        topic_model : fitted model
        documents : DataFrame or None
            Columns ``Document`` and ``Topic``; None for the documents of the fit.
        c_tf_idf : csr_matrix, shape (T, V), or None
            One row a topic, ascending by id; None for the model's own.
        topics : mapping of int to list of (str, float)
        """
        words = {int(topic): [pair for pair in pairs if pair[0]] for topic, pairs in topics.items()}
        return self.represent(evidence_of(topic_model, documents, c_tf_idf, list(words)), words)
