"""BERTopic's best-practices tutorial, start to end, on the shipped sample.

Only the package name differs from a BERTopic script; nothing is downloaded. Run it with::

    python examples/best_practices.py            # figures and the saved model go to out/best_practices
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np

from leitmotif import BERTopic
from leitmotif.cluster import HDBSCAN
from leitmotif.dimensionality import UMAP
from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance, PartOfSpeech
from leitmotif.vectorizers import CountVectorizer

OUT = Path("out/best_practices")
SAMPLE = Path(__file__).with_name("arxiv_sample.jsonl.gz")


def main() -> None:
    """Run the tutorial."""
    OUT.mkdir(parents=True, exist_ok=True)

    # Data
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    abstracts = np.array([row["text"] for row in rows])
    titles = np.array([row["title"] for row in rows])

    # Sentences instead of documents (a tip of the tutorial); `passages.document` says where each came from
    from leitmotif.passages import split_documents

    passages = split_documents(abstracts, by="sentence")
    print(f"{len(abstracts)} abstracts have {len(passages.texts)} sentences")

    # Embeddings, once. "all-MiniLM-L6-v2" works here too, with leitmotif[transformers].
    from leitmotif.backend import StaticEmbedder

    embedding_model = StaticEmbedder()
    embeddings = embedding_model.embed(abstracts)

    # The parts of the model
    umap_model = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42)
    # The tutorial's 150 for 20,000 abstracts; a topic of more than a tenth of these is split.
    hdbscan_model = HDBSCAN(
        min_cluster_size=15,
        max_cluster_size=300,
        metric="euclidean",
        cluster_selection_method="eom",
        prediction_data=True,
    )
    vectorizer_model = CountVectorizer(stop_words="english", min_df=0.05, max_df=0.8, ngram_range=(1, 2))
    representation_model = {
        "KeyBERT": KeyBERTInspired(),
        "MMR": MaximalMarginalRelevance(diversity=0.3),
        "POS": PartOfSpeech("en_core_web_sm"),
    }
    topic_model = BERTopic(
        embedding_model=embedding_model,
        umap_model=umap_model,
        hdbscan_model=hdbscan_model,
        vectorizer_model=vectorizer_model,
        representation_model=representation_model,
        top_n_words=10,
        verbose=True,
    )

    # Fit
    topics, _ = topic_model.fit_transform(abstracts, embeddings)
    print(topic_model.get_topic_info()[["Topic", "Count", "Name"]].to_string(index=False))
    print(topic_model.get_topic(1, full=True))

    # Labels
    topic_model.set_topic_labels({1: "Space Travel", 7: "Religion"})
    keybert_labels = {
        topic: " | ".join(list(zip(*values, strict=True))[0][:3])
        for topic, values in topic_model.topic_aspects_["KeyBERT"].items()
    }
    topic_model.set_topic_labels(keybert_labels)
    print(topic_model.get_topic_info()[["Topic", "Count", "CustomName"]].to_string(index=False))

    # Topic-document distribution
    topic_distr, _ = topic_model.approximate_distribution(abstracts, window=8, stride=4)
    abstract_id = int(topic_distr.max(axis=1).argmax())
    figures = {
        "distribution": topic_model.visualize_distribution(topic_distr[abstract_id]),
        "distribution_labels": topic_model.visualize_distribution(topic_distr[abstract_id], custom_labels=True),
    }
    _, topic_token_distr = topic_model.approximate_distribution(abstracts[abstract_id], calculate_tokens=True)
    styled = topic_model.visualize_approximate_distribution(abstracts[abstract_id], topic_token_distr[0])
    (OUT / "tokens.html").write_text(styled.to_html(), encoding="utf-8")
    topic_model.approximate_distribution(abstracts[:100], use_embedding_model=True)

    # Outliers
    new_topics = topic_model.reduce_outliers(abstracts, topics)
    new_topics = topic_model.reduce_outliers(abstracts, new_topics, strategy="embeddings", embeddings=embeddings)
    topic_model.update_topics(abstracts, topics=new_topics)

    # Pictures
    for custom in (False, True):
        figures[f"topics_{custom}"] = topic_model.visualize_topics(custom_labels=custom)
        figures[f"hierarchy_{custom}"] = topic_model.visualize_hierarchy(custom_labels=custom)
    reduced_embeddings = UMAP(n_neighbors=10, n_components=2, min_dist=0.0, metric="cosine").fit_transform(embeddings)
    figures["documents"] = topic_model.visualize_documents(
        titles, reduced_embeddings=reduced_embeddings, custom_labels=True
    )
    figures["documents_plain"] = topic_model.visualize_documents(
        titles, reduced_embeddings=reduced_embeddings, custom_labels=True, hide_annotations=True
    )
    for name, figure in figures.items():
        figure.write_html(OUT / f"{name}.html")

    # Saving and loading
    topic_model.save(OUT / "model", serialization="safetensors", save_ctfidf=True, save_embedding_model="embedded")
    loaded_model = BERTopic.load(OUT / "model", embedding_model=embedding_model)
    loaded_model.verbose = False
    topic_model.verbose = False
    loaded_topics, _ = loaded_model.transform(abstracts[:200])
    fitted_topics, _ = topic_model.transform(abstracts[:200])
    print(f"the loaded model gives the same topics: {loaded_topics == fitted_topics}")


if __name__ == "__main__":
    main()
