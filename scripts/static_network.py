"""The last stage of ``build_static_vectors.py``: a network that reads word order, learnt together with the word vectors.

A text of words with vectors e_1 … e_n has the embedding unit(u + W p + B relu(A [GAIN u; p] + a)), where u = unit(sum of
e_t), p = [mean h_t; max h_t] and h_t = relu(C_0 x_(t-1) + C_1 x_t + C_2 x_(t+1) + c) with x_t = STRETCH unit(e_t): a
convolution over three words (Kim 2014, "Convolutional neural networks for sentence classification"), pooled twice, of the
first READ words. The loss is 1 - cosine with the teacher's vector.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import numpy as np

SEED = 42
CHANNELS = 512
HIDDEN = 512
READ = 128
GAIN = 16.0
STRETCH = 4.0
STEPS = 7000
WORDS = 10_752
RATE = 2e-3
TABLE_RATE = 4e-4
DROPPED = 0.1
logger = logging.getLogger("build_static_vectors")


@dataclass(frozen=True)
class Lesson:
    """Texts as rows of the table, one text after the other, what the teacher says of them, and how often each is read."""

    rows: np.ndarray
    weights: np.ndarray
    indptr: np.ndarray
    targets: np.ndarray
    share: np.ndarray

    def batch(self, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows (-1: none) and their weights, each (texts, longest)."""
        starts, lengths = self.indptr[texts], np.diff(self.indptr)[texts]
        columns = np.arange(max(int(lengths.max()), 1))
        inside = columns < lengths[:, None]
        at = np.where(inside, starts[:, None] + columns, 0)
        return np.where(inside, self.rows[at], -1), np.where(inside, self.weights[at], 0).astype(np.float32)


def train(vectors: np.ndarray, lesson: Lesson) -> dict[str, np.ndarray]:
    """Table and network, float32, by name: layers (outputs, inputs) and what is added to their outputs."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED + 3)
    width = vectors.shape[1]
    table = nn.Embedding.from_pretrained(
        torch.from_numpy(np.vstack([vectors / np.linalg.norm(vectors, axis=1).mean(), np.zeros((1, width), "f")])),
        freeze=False,
        sparse=True,
        padding_idx=len(vectors),
    )
    window = nn.Linear(width, 3 * CHANNELS, bias=False)
    offset = nn.Parameter(torch.zeros(CHANNELS))
    inner = nn.Linear(width + 2 * CHANNELS, HIDDEN)
    outer = nn.Linear(HIDDEN, width)
    direct = nn.Linear(2 * CHANNELS, width, bias=False)
    for zeros in (outer.weight, outer.bias, direct.weight):
        nn.init.zeros_(zeros)
    others = [*window.parameters(), offset, *inner.parameters(), *outer.parameters(), *direct.parameters()]

    def said(rows: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        vectors_of = table(torch.where(rows >= 0, rows, table.padding_idx))
        bag = functional.normalize((vectors_of * weights[..., None]).sum(1), dim=1)
        read, weight = vectors_of[:, :READ], weights[:, :READ, None]
        with torch.autocast("cpu", torch.bfloat16):
            before, at, after = window(STRETCH * functional.normalize(read, dim=2)).chunk(3, 2)
            found = at + offset
            found = found + functional.pad(before[:, :-1], (0, 0, 1, 0)) + functional.pad(after[:, 1:], (0, 0, 0, 1))
            found = torch.relu(found) * (weight > 0)
            mean = (found * weight.to(found.dtype)).sum(1, dtype=torch.float32) / weight.sum(1).clamp(min=1)
            pooled = torch.cat([mean, found.amax(1).float()], 1)
            answer = outer(torch.relu(inner(torch.cat([GAIN * bag, pooled], 1)))) + direct(pooled)
        return functional.normalize(bag + answer.float(), dim=1)

    optimizers = (
        torch.optim.AdamW(others, RATE, weight_decay=1e-2),
        torch.optim.SparseAdam(list(table.parameters()), TABLE_RATE),
    )
    schedules = [
        torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=STEPS, cycle_momentum=False)
        for optimizer, rate in zip(optimizers, (RATE, TABLE_RATE), strict=True)
    ]
    lengths = np.diff(lesson.indptr)
    tested = (np.arange(len(lengths)) % 50 == 0) & (lengths > 0)
    learnt = np.flatnonzero(~tested & (lengths > 0))

    def tensors(texts: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        rows, weights = lesson.batch(texts)
        return torch.from_numpy(rows), torch.from_numpy(weights), torch.from_numpy(lesson.targets[texts].astype("f"))

    def cosines() -> list[float]:
        """With the teacher, on texts that are not learnt from, for each kind of text."""
        found = []
        with torch.inference_mode():
            for share in np.unique(lesson.share):
                texts = np.flatnonzero(tested & (lesson.share == share))[:1000]
                rows, weights, wanted = tensors(texts)
                found.append(round((said(rows, weights) * wanted).sum(1).mean().item(), 4))
        return found

    queue: list[np.ndarray] = []
    lost, start = 0.0, time.monotonic()
    for step in range(STEPS):
        if not queue:
            times = np.floor(lesson.share[learnt] + rng.random(len(learnt))).astype(int)
            pool = rng.permutation(np.repeat(learnt, times))
            # Texts of like length go together, among 30,000 drawn by chance.
            parts = [
                part[np.argsort(lengths[part], kind="stable")] for part in np.array_split(pool, len(pool) // 30_000)
            ]
            # A batch has about WORDS words; a text counts as six at least.
            for part in parts:
                stops = np.searchsorted(np.cumsum(np.maximum(lengths[part], 6)), np.arange(1, 10_000) * WORDS)
                queue += [batch for batch in np.split(part, np.unique(stops[stops < len(part)])) if len(batch)]
            queue = [queue[i] for i in rng.permutation(len(queue))]
        rows, weights, wanted = tensors(queue.pop())
        kept = torch.from_numpy(rng.random(rows.shape) >= DROPPED)
        loss = 1 - (said(torch.where(kept, rows, -1), weights * kept) * wanted).sum(1).mean()
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
        lost += loss.item()
        if step % 200 == 199:
            logger.info("%d of %d steps, %.0f s, loss %.4f", step + 1, STEPS, time.monotonic() - start, lost / 200)
            lost = 0.0
        if step % 1000 == 999:
            logger.info("cosine with the teacher, by kind of text: %s", cosines())
    answer = torch.cat([outer.weight, direct.weight], dim=1)
    learned = {
        "vectors": table.weight[: len(vectors)],
        "window": window.weight,
        "window_offset": offset,
        "inner": inner.weight,
        "inner_offset": inner.bias,
        "answer": answer,
        "answer_offset": outer.bias,
    }
    return {name: value.detach().numpy() for name, value in learned.items()}
