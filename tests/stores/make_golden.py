"""Writes the golden model of the format's present version. Run once a version, and never over a released one.

python tests/stores/make_golden.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import make_corpus
from leitmotif import BERTopic
from leitmotif.cluster import HDBSCAN
from leitmotif.dimensionality import UMAP
from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance
from leitmotif.stores.native import FORMAT_VERSION
from leitmotif.vectorizers import ClassTfidfTransformer, CountVectorizer


def main() -> None:
    texts, embeddings, _ = make_corpus()
    model = BERTopic(
        umap_model=UMAP(n_components=2, n_epochs=30, random_state=1),
        hdbscan_model=HDBSCAN(min_cluster_size=10),
        vectorizer_model=CountVectorizer(ngram_range=(1, 2), stop_words=["the", "today"]),
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True, seed_words=["moon"]),
        representation_model={"Main": KeyBERTInspired(), "MMR": MaximalMarginalRelevance(diversity=0.3)},
        calculate_probabilities=True,
        random_state=7,
    ).fit(texts, embeddings)
    model.set_topic_labels({0: "Kosmos – 宇宙"})
    model.update_topics(texts, top_n_words=6, n_gram_range=(1, 1))
    updated = {str(topic): words for topic, words in model.topic_representations_.items()}
    model.undo()
    new = embeddings[:12] + np.float32(0.05)
    topics, _ = model.transform(["?"] * len(new), new)
    folder = Path(__file__).parent / "golden" / f"leitmotif-{FORMAT_VERSION}"
    model.save(folder, include_docs="all")
    expected = {
        "texts": texts,
        "new": new.tolist(),
        "new_topics": topics,
        "topics": model.topics_,
        "probabilities": model.probabilities_.tolist(),
        "representations": {str(topic): words for topic, words in model.topic_representations_.items()},
        "aspects": {
            name: {str(topic): words for topic, words in by_topic.items()}
            for name, by_topic in model.topic_aspects_.items()
        },
        "custom_labels": model.custom_labels_,
        "labels": {str(topic): label for topic, label in model.topic_labels_.items()},
        "representative_docs": {str(topic): docs for topic, docs in model.representative_docs_.items()},
        "mappings": model.state.mappings.tolist(),
        "topic_embeddings": model.topic_embeddings_.tolist(),
        "ctfidf": model.c_tf_idf_.toarray().tolist(),
        "history": model.history(),
        "updated": updated,
    }
    (folder.parent / f"leitmotif-{FORMAT_VERSION}.json").write_text(json.dumps(expected), encoding="utf-8")


if __name__ == "__main__":
    main()
