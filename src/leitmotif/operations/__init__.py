"""Verbs on a fitted model, one subject a file.

Each is a plain function whose first argument has a ``state`` and ``components``; the façade attaches them as methods.
"""

from leitmotif.operations.assign import predict_embeddings, transform
from leitmotif.operations.combine import merge_states
from leitmotif.operations.delete import delete_topics
from leitmotif.operations.describe import (
    get_document_info,
    get_representative_docs,
    get_topic,
    get_topic_freq,
    get_topic_info,
    get_topics,
)
from leitmotif.operations.distribute import approximate_distribution
from leitmotif.operations.dynamic import topics_over_time, topics_per_class
from leitmotif.operations.evaluate import evaluate
from leitmotif.operations.hierarchy import get_topic_tree, hierarchical_topics
from leitmotif.operations.label import display_labels, generate_topic_labels, set_topic_labels
from leitmotif.operations.mapper import TopicMapper
from leitmotif.operations.merge import merge_topics
from leitmotif.operations.outliers import assign_outliers, reduce_outliers
from leitmotif.operations.passage_info import get_passage_info
from leitmotif.operations.reduce import reduce_topics
from leitmotif.operations.search import find_topics
from leitmotif.operations.update import update_topics

__all__ = [
    "TopicMapper",
    "approximate_distribution",
    "assign_outliers",
    "delete_topics",
    "display_labels",
    "evaluate",
    "find_topics",
    "generate_topic_labels",
    "get_document_info",
    "get_passage_info",
    "get_representative_docs",
    "get_topic",
    "get_topic_freq",
    "get_topic_info",
    "get_topic_tree",
    "get_topics",
    "hierarchical_topics",
    "merge_states",
    "merge_topics",
    "predict_embeddings",
    "reduce_outliers",
    "reduce_topics",
    "set_topic_labels",
    "topics_over_time",
    "topics_per_class",
    "transform",
    "update_topics",
]
