"""The embedded embedder: sums of vectors, against the same sum written out word by word."""

from __future__ import annotations

import logging
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from leitmotif.backend import StaticEmbedder
from leitmotif.errors import DocumentsError

TEXTS = [
    "The rocket reached orbit, and the orbit was stable.",
    "Bake the bread; bread needs an oven",
    "",
    "Zürich café naïveté",
    "quasiperiodicallyness of transmogrifiers",
    "日本語 の テキスト",
    "a I .",
    "bread",
]


@pytest.fixture(scope="module")
def embedder():
    return StaticEmbedder()


@pytest.fixture
def small(tmp_path):
    """Three words and three pieces whose sums can be done in the head."""
    names = ["alpha", "beta", "caf", "b", "##e", "##eta"]
    vectors = np.array([[100, 0], [0, 100], [30, 0], [7, 7], [0, 50], [9, 9]], dtype=np.int8)
    scales = np.array([2, 1, 1, 1, 1, 1], dtype=np.uint16)
    path = tmp_path / "table.safetensors"
    save_file({"vectors": vectors, "scales": scales, "words": np.frombuffer("\n".join(names).encode(), np.uint8)}, path)
    return StaticEmbedder(str(path))


def by_hand(vector):
    exact = [float(Fraction(x)) for x in vector]
    return np.array(exact) / np.hypot(*exact)


def test_a_document_is_the_weighted_sum_of_its_words(small):
    found = small.embed(["Alpha beta beta", "café", "alpha", "unknown ω"])
    np.testing.assert_allclose(found[0], by_hand([200, 100 * 2]), rtol=1e-6)
    np.testing.assert_allclose(found[1], by_hand([30 / 2, 50 / 2]), rtol=1e-6)
    np.testing.assert_array_equal(found[2], [1, 0])
    np.testing.assert_array_equal(found[3], [0, 0])


def test_whole_words_come_before_pieces_and_longest_pieces_first(small):
    table = small._table
    assert table.rows("beta") == [1]
    assert table.rows("be") == [3, 4]
    assert table.rows("cafe") == [2, 4]
    assert table.rows("cafx") == []
    assert table.rows("e") == []
    assert table.rows("b" + "e" * 80) == []


def test_documents_and_words_are_embedded_alike(embedder):
    vectors = embedder.embed_documents(TEXTS, verbose=True)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    np.testing.assert_array_equal(vectors, embedder.embed_words(TEXTS))
    np.testing.assert_array_equal(embedder.embed([]), np.zeros((0, embedder.dimension)))


def test_rows_are_finite_and_of_length_one_or_zero(embedder):
    vectors = embedder.embed(TEXTS)
    assert np.isfinite(vectors).all()
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths[[0, 1, 3, 4, 7]], 1, atol=1e-6)
    np.testing.assert_array_equal(lengths[[2, 5, 6]], 0)


words = st.sampled_from(["bread", "oven", "rocket", "orbit", "the", "transmogrify", "café", "x1y2", "ωμέγα", "Paris"])
documents = st.lists(st.lists(words, max_size=12).map(" ".join), max_size=8)


@given(documents, st.integers(1, 7))
def test_a_document_does_not_depend_on_what_it_is_embedded_with(texts, step):
    embedder = StaticEmbedder()
    whole = embedder.embed(texts)
    parts = [embedder.embed(texts[i : i + step]) for i in range(0, len(texts), step)]
    np.testing.assert_array_equal(np.concatenate([whole[:0], *parts]), whole)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_number_of_threads_and_the_hash_seed_change_no_bit(embedder, threads):
    code = (
        "import hashlib; from leitmotif.backend import StaticEmbedder;"
        f"v = StaticEmbedder().embed({TEXTS!r} * 1500); print(hashlib.sha256(v.tobytes()).hexdigest())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"LEITMOTIF_NUM_THREADS": threads, "PYTHONHASHSEED": threads, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    import hashlib

    expected = np.tile(embedder.embed(TEXTS), (1500, 1))
    assert ran.stdout.strip() == hashlib.sha256(expected.tobytes()).hexdigest()


def test_texts_of_one_subject_are_nearer_to_each_other(embedder, corpus):
    texts, _, targets = corpus
    vectors = embedder.embed(texts)
    similarity = vectors @ vectors.T
    same = targets[:, None] == targets[None, :]
    np.fill_diagonal(similarity, np.nan)
    assert np.nanmean(similarity[same]) > np.nanmean(similarity[~same]) + 0.2


def test_meaning_beyond_shared_words(embedder):
    question, *answers = embedder.embed(
        ["my car would not start", "the vehicle has engine trouble", "whisk the eggs with sugar"]
    )
    assert question @ answers[0] > question @ answers[1] + 0.2


def test_another_language_is_noticed(embedder, caplog):
    german = ["Die Bundesregierung beschließt Maßnahmen gegen Überschwemmungen im Rheinland"] * 40
    with caplog.at_level(logging.WARNING, logger="leitmotif"):
        embedder.embed(["the government decides on measures against floods in the valley"] * 40)
        assert not caplog.records
        embedder.embed_words(german)  # a vocabulary may hold whatever there is
        assert not caplog.records
        embedder.embed(german)
    assert "lsa" in caplog.text


def test_it_needs_neither_torch_nor_tokenizers():
    code = (
        "import sys; from leitmotif.backend import StaticEmbedder; StaticEmbedder().embed(['one text']);"
        "print([m for m in ('torch', 'tokenizers', 'transformers', 'sklearn', 'pandas') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_what_cannot_be_embedded_is_refused(embedder):
    with pytest.raises(DocumentsError, match="document 1"):
        embedder.embed(["a text", 3])


def test_the_shipped_file_is_small_and_whole(embedder):
    from leitmotif.backend.static import SHIPPED

    table = embedder._table
    assert SHIPPED.stat().st_size <= 16_000_000
    assert table.vectors.dtype == np.int8
    assert len(table.words) + len(table.tails) == len(table.vectors) == len(table.scales)
    # Any word of plain letters and digits has pieces.
    assert all(table.rows(c) and ("##" + c)[2:] in table.tails for c in "abcdefghijklmnopqrstuvwxyz0123456789")
