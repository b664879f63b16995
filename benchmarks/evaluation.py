"""Seconds of ``evaluate`` on 100,000 abstracts, ours alone: every measure at once, and each.

    python benchmarks/evaluation.py [--documents 100000]

The topics are the authors' categories, so that nothing has to be reduced or clustered.
"""

from __future__ import annotations

import harness
import numpy as np

MEASURES = ("npmi", "u_mass", "c_npmi", "c_v", "word_embedding")


def main() -> None:
    from leitmotif import BERTopic
    from leitmotif.cluster import BaseCluster
    from leitmotif.dimensionality import BaseDimensionalityReduction

    options = harness.parser(__doc__).parse_args()
    records = (harness.load("arxiv20k") + harness.load("arxiv_rest"))[: options.documents or 100_000]
    texts = [record["text"] for record in records]
    labels = np.unique([str(record.get("label")) for record in records], return_inverse=True)[1]
    parts = {"umap_model": BaseDimensionalityReduction(), "hdbscan_model": BaseCluster()}
    model = BERTopic(**parts).fit(texts, np.eye(8, dtype=np.float32)[labels % 8], y=labels)
    seconds = {}
    for name, measures in {"all": MEASURES, **{measure: (measure,) for measure in MEASURES}}.items():
        found = harness.measure(lambda measures=measures: model.evaluate(labels=labels, measures=measures))
        seconds[name] = {key: round(found[key], 2) for key in ("seconds", "cpu_seconds", "peak_mib")}
    line = {"documents": len(texts), "topics": int(labels.max()) + 1, **seconds}
    harness.write("evaluation", {**harness.facts(), **line})


if __name__ == "__main__":
    main()
