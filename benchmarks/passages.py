"""Whole documents against passages of them (``chunking=``), with the embedded vectors.

    python benchmarks/passages.py [--documents 1927]

``speeches``: whole speeches of un_debates, put together from their paragraphs; coherence of the words in windows of the same
paragraphs for every row, diversity, number of topics, seconds. ``mixed``: three abstracts of arxiv20k after one another make
a document, half of them of one category, half of three; agreement of the topic of each abstract's characters with its category.
"""

from __future__ import annotations

import harness
import numpy as np

SIZES = (None, 64, 128, 256)
MIXED = 1500


def main() -> None:
    from leitmotif import BERTopic

    options = harness.parser(__doc__).parse_args()
    paragraphs: dict[str, list[str]] = {}
    for record in harness.load("un_debates"):
        paragraphs.setdefault(record["id"].rpartition("_")[0], []).append(record["text"])
    chosen = list(paragraphs.values())[: options.documents]
    speeches, windows = ["\n\n".join(parts) for parts in chosen], [text for parts in chosen for text in parts]
    documents, places, labels = mixed()
    for size in SIZES:
        model = BERTopic(chunking=size)
        cost = harness.measure(lambda model=model: model.fit(speeches))
        found = model.evaluate(windows, measures=("npmi", "c_npmi", "word_embedding")).overall
        facts = {**harness.facts(), "chunking": size, "seconds": round(cost["seconds"], 1)}
        numbers = {name: round(value, 4) for name, value in found.items()}
        words = [[word for word, _ in model.get_topic(topic)] for topic in model.state.inner_ids.tolist()[:12]]
        harness.write("passages", {**facts, "what": "speeches", "documents": len(speeches), **numbers, "words": words})
        model = BERTopic(chunking=size).fit(documents)
        numbers = agreement(model, places, labels)
        harness.write("passages", {**facts, "what": "mixed", "documents": len(documents), **numbers})


def mixed() -> tuple[list[str], list[list[int]], np.ndarray]:
    """Documents, where each of their three abstracts ends, and the category of each abstract (n, 3)."""
    records = harness.load("arxiv20k")
    rng = np.random.default_rng(0)
    label = np.unique([record["label"] for record in records], return_inverse=True)[1]
    left = {int(one): rng.permutation(np.flatnonzero(label == one)).tolist() for one in np.unique(label)}
    rows = []
    for number in range(MIXED):
        many = [one for one, own in left.items() if len(own) >= 3]
        of = rng.choice(many, 3, replace=False) if number % 2 else [rng.choice(many)] * 3
        rows.append([left[int(one)].pop() for one in of])
    texts = [[records[row]["text"] for row in some] for some in rows]
    ends = [np.cumsum([len(text) + 2 for text in some]).tolist() for some in texts]
    return ["\n\n".join(some) for some in texts], ends, label[np.array(rows)]


def agreement(model: object, places: list[list[int]], labels: np.ndarray) -> dict[str, float]:
    """AMI of category and topic of each abstract (the topic of most of it), and of each document of one category."""
    from leitmotif.evaluate import agreement as agree

    n = len(places)
    topics = np.array(model.topics_)
    of_part = np.repeat(topics[:, None], 3, axis=1)
    if model.chunking is not None:
        info = model.get_passage_info()
        weight = np.zeros((n, 3, model.state.n_topics + 1))
        for row in info.itertuples():
            begin = 0
            for part, end in enumerate(places[row.Document]):
                weight[row.Document, part, row.Topic] += max(0, min(end, row.End) - max(begin, row.Start))
                begin = end
        of_part = weight[:, :, :-1].argmax(axis=2)
    return {
        "topics": int(model.state.n_topics),
        "ami_of_parts": round(agree(of_part.ravel(), labels.ravel())["ami"], 4),
        "ami_of_pure_documents": round(agree(topics[::2], labels[::2, 0])["ami"], 4),
        "ami_of_parts_of_mixed": round(agree(of_part[1::2].ravel(), labels[1::2].ravel())["ami"], 4),
    }


if __name__ == "__main__":
    main()
