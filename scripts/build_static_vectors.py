"""Rebuild the word vectors of ``leitmotif.backend.StaticEmbedder`` from a teacher and open text.

    python scripts/build_static_vectors.py --data DATA --teacher MODEL_DIR --cache CACHE --out FILE

needs torch, tokenizers and transformers (only here; the shipped file is read with NumPy alone). Stages, each
cached under CACHE: words -> the vocabulary; texts -> the training texts; encode -> the teacher's vectors of
words and texts; learn -> vectors whose pooled sum matches the teacher; pack -> int8 safetensors.
One thread, bfloat16 teacher, fixed seeds: the same torch on the same kind of CPU gives the same file bit by bit.

Data and licences
-----------------
- teacher: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0 (also its WordPiece vocabulary)
- arxiv_rest.jsonl.gz: titles and sentences of arXiv abstracts, CC0 (arXiv metadata)
- un_debates.jsonl.gz: paragraphs of the UN General Debates 2006-2015, CC0
- clinc150.jsonl.gz: every second request of CLINC150 (Larson et al., EMNLP 2019), CC BY 3.0
- bags of words drawn at random from the vocabulary: ours
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SEED = 42
N_WORDS = 52_000
MAX_PIECES = 48
SHARD = 8192
TOKEN = re.compile(r"(?u)\b\w\w+\b")
logger = logging.getLogger("build_static_vectors")


def read(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def choose_words(data: Path, teacher: Path) -> list[str]:
    """Whole words of the teacher's vocabulary, then the commonest others of the training text."""
    pieces = (teacher / "vocab.txt").read_text(encoding="utf-8").splitlines()
    whole = [p for p in pieces if re.fullmatch(r"[a-z]{2,}|[a-z]+[0-9]+|[0-9]{2,4}", p)]
    found: Counter[str] = Counter()
    for name, weight in (("arxiv_rest", 1), ("un_debates", 4), ("clinc150", 20)):
        frequency: Counter[str] = Counter()
        for row in read(data / f"{name}.jsonl.gz"):
            text = f"{row.get('title', '')} {row['text']}".lower()
            frequency.update(set(TOKEN.findall(text)))
        for word, count in frequency.items():
            found[word] += weight * count
    known = set(whole)
    others = [w for w in found if w not in known and re.fullmatch(r"[a-z]{3,24}", w)]
    others.sort(key=lambda w: (-found[w], w))
    return whole + others[: N_WORDS - len(whole)]


def sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(text.split())) if len(s) > 30]


def choose_texts(data: Path, words: list[str], vectors: np.ndarray, n_general: int) -> list[str]:
    """Titles, sentences, paragraphs, requests and bags of words, shuffled."""
    rng = np.random.default_rng(SEED)
    texts: list[str] = []
    for i, row in enumerate(read(data / "arxiv_rest.jsonl.gz")):
        texts.append(" ".join(row["title"].split()))
        if i % 2 == 0:
            parts = sentences(row["text"])
            if parts:
                texts.append(parts[int(rng.integers(len(parts)))])
        if i % 20 == 0:
            texts.append(" ".join(row["text"].split()))
    texts += [" ".join(row["text"].split()) for i, row in enumerate(read(data / "un_debates.jsonl.gz")) if i % 2 == 0]
    texts += [row["text"] for i, row in enumerate(read(data / "clinc150.jsonl.gz")) if i % 2 == 0]
    # Bags: the teacher's answer to loose words is what a sum of word vectors must imitate, for words
    # that the corpora above hardly have too. Half of them are neighbours of one word, as in a topic.
    spoken: Counter[str] = Counter()
    for name in ("un_debates", "clinc150"):
        for row in read(data / f"{name}.jsonl.gz"):
            spoken.update(TOKEN.findall(row["text"].lower())[:12])
    function_words = [w for w, _ in spoken.most_common(150)]
    for repeat in range(4):
        for start in range(0, n_general, 512):
            rows = np.arange(start, min(start + 512, n_general))
            near = np.argsort(-(vectors[rows] @ vectors[:n_general].T), axis=1, kind="stable")[:, :60]
            for row, neighbours in zip(rows, near, strict=True):
                size = int(rng.integers(2, 8))
                pool = neighbours if repeat % 2 == 0 else rng.integers(0, n_general, 60)
                bag = [words[row], *(words[j] for j in rng.choice(pool, size, replace=False))]
                if repeat >= 2:
                    bag += [function_words[j] for j in rng.integers(0, len(function_words), int(rng.integers(1, 6)))]
                texts.append(" ".join(bag[j] for j in rng.permutation(len(bag))))
    return [texts[i] for i in rng.permutation(len(texts))]


class Teacher:
    """Mean-pooled, unit-length sentence vectors of a BERT folder; texts cut to ``MAX_PIECES`` pieces."""

    def __init__(self, folder: Path) -> None:
        import torch
        from tokenizers import Tokenizer
        from transformers import AutoModel

        torch.set_num_threads(1)
        self.torch = torch
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.model = AutoModel.from_pretrained(folder, dtype=torch.bfloat16, attn_implementation="eager").eval()

    def encode(self, texts: list[str], max_pieces: int = MAX_PIECES) -> tuple[np.ndarray, list[str]]:
        """Vectors (n, 384) float16 and the part of each text that the teacher saw."""
        torch = self.torch
        self.tokenizer.enable_truncation(max_pieces)
        encoded = self.tokenizer.encode_batch(texts)
        seen = [t[: max((end for _, end in e.offsets), default=0)] for t, e in zip(texts, encoded, strict=True)]
        ids = [e.ids for e in encoded]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        out = np.zeros((len(texts), self.model.config.hidden_size), np.float16)
        start = 0
        with torch.inference_mode():
            while start < len(order):
                stop = start + max(1, 2048 // len(ids[order[min(start + 64, len(order) - 1)]]))
                rows = order[start:stop]
                width = max(len(ids[i]) for i in rows)
                batch = torch.zeros(len(rows), width, dtype=torch.long)
                mask = torch.zeros(len(rows), width, dtype=torch.long)
                for j, i in enumerate(rows):
                    batch[j, : len(ids[i])] = torch.tensor(ids[i])
                    mask[j, : len(ids[i])] = 1
                hidden = self.model(input_ids=batch, attention_mask=mask).last_hidden_state.float()
                pooled = (hidden * mask[..., None]).sum(1)
                out[rows] = torch.nn.functional.normalize(pooled, dim=1).to(torch.float16).numpy()
                start = stop
        return out, seen


def encode_all(data: Path, teacher_dir: Path, cache: Path, limit_s: float) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    teacher = Teacher(teacher_dir)
    if not (cache / "words.json").exists():
        words = choose_words(data, teacher_dir)
        vectors, _ = teacher.encode(words)
        pieces = (teacher_dir / "vocab.txt").read_text(encoding="utf-8").splitlines()
        tails = [p for p in pieces if re.fullmatch(r"##[a-z0-9]+|[a-z0-9]", p)]
        tail_vectors, _ = teacher.encode([t.removeprefix("##") for t in tails])
        np.save(cache / "words.npy", np.concatenate([vectors, tail_vectors]))
        (cache / "words.json").write_text(json.dumps({"words": words, "tails": tails}))
        logger.info("%d words, %d pieces", len(words), len(tails))
    listed = json.loads((cache / "words.json").read_text())
    if not (cache / "texts.json").exists():
        vectors = np.load(cache / "words.npy")[: len(listed["words"])].astype(np.float32)
        pieces = set((teacher_dir / "vocab.txt").read_text(encoding="utf-8").splitlines())
        n_general = sum(w in pieces for w in listed["words"])
        (cache / "texts.json").write_text(json.dumps(choose_texts(data, listed["words"], vectors, n_general)))
    texts = json.loads((cache / "texts.json").read_text())
    logger.info("%d texts", len(texts))
    begin = time.monotonic()
    for shard, start in enumerate(range(0, len(texts), SHARD)):
        target = cache / f"shard{shard:03d}.npy"
        if target.exists():
            continue
        if time.monotonic() - begin > limit_s:
            break
        vectors, seen = teacher.encode(texts[start : start + SHARD])
        (cache / f"shard{shard:03d}.json").write_text(json.dumps(seen))
        np.save(target, vectors)
        logger.info("shard %d of %d, %.0f s", shard, -(-len(texts) // SHARD), time.monotonic() - begin)


def pack(cache: Path, vectors: np.ndarray, out: Path) -> None:
    """Write vectors (words, then pieces) as int8 rows with a whole-number scale each."""
    from safetensors.numpy import save_file

    listed = json.loads((cache / "words.json").read_text())
    largest = np.abs(vectors).max(axis=1)
    scales = np.maximum(np.rint(largest / largest.max() * 4095), 1)
    rows = np.clip(np.rint(vectors / (scales[:, None] * largest.max() / 4095 / 127)), -127, 127)
    names = "\n".join(listed["words"] + listed["tails"]).encode()
    arrays = {
        "vectors": rows.astype(np.int8),
        "scales": scales.astype(np.uint16),
        "words": np.frombuffer(names, np.uint8),
    }
    save_file(arrays, out, metadata={"teacher": "sentence-transformers/all-MiniLM-L6-v2", "licence": "Apache-2.0"})
    out.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--limit-s", type=float, default=float("inf"))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    encode_all(args.data, args.teacher, args.cache, args.limit_s)


if __name__ == "__main__":
    main()
