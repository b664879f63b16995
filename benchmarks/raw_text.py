"""From the texts of 20,000 abstracts to topics with words, in a new process, imports included; ours alone.

    python benchmarks/raw_text.py [--rounds 3]

BERTopic's figure for the same is minutes of encoding on two cores, and needs a download; there is nothing to alternate with.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

import harness

CODE = """
import json, sys, time
texts = json.load(open(sys.argv[1]))
from leitmotif import BERTopic
from leitmotif.vectorizers import CountVectorizer
model = BERTopic(vectorizer_model=CountVectorizer(stop_words="english")).fit(texts)
info = model.get_topic_info()
import resource
print(json.dumps({"topics": len(info) - 1, "outliers": int(model.topic_sizes_.get(-1, 0)),
                  "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def main() -> None:
    options = harness.parser(__doc__).parse_args()
    cache = harness.HERE / ".cache" / "arxiv20k.json"
    cache.parent.mkdir(exist_ok=True)
    cache.write_text(json.dumps(harness.texts("arxiv20k", options.documents)), encoding="utf-8")
    runs = []
    for _ in range(options.rounds):
        start = time.perf_counter()
        child = subprocess.run([sys.executable, "-c", CODE, str(cache)], capture_output=True, text=True, check=True)
        runs.append({"seconds": time.perf_counter() - start, **json.loads(child.stdout.strip().splitlines()[-1])})
    result = {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
    harness.write("raw_text", {**harness.facts(), **result, "rounds": options.rounds})


if __name__ == "__main__":
    main()
