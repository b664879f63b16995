"""What word order adds, against the network's formula in floating-point numbers, text by text."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from leitmotif.backend import StaticEmbedder
from leitmotif.backend.static import SHIPPED

D, CHANNELS, HIDDEN = 6, 5, 7
NAMES = ["alpha", "beta", "gamma", "delta", "b", "##e", "##x"]
READ, GAIN, STRETCH = 8, 16, 4


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(4)
    shapes = {"window": (3 * CHANNELS, D), "inner": (HIDDEN, D + 2 * CHANNELS), "answer": (D, HIDDEN + 2 * CHANNELS)}
    found = {
        "vectors": rng.integers(-127, 128, (len(NAMES), D)).astype(np.int8),
        "scales": rng.integers(1, 4096, len(NAMES)).astype(np.uint16),
        "words": np.frombuffer("\n".join(NAMES).encode(), np.uint8),
        "settings": np.array([READ, GAIN, STRETCH], np.int32),
    }
    for name, shape in shapes.items():
        found[name] = rng.integers(-127, 128, shape).astype(np.int8)
        found[f"{name}_scales"] = rng.uniform(0.001, 0.01, shape[0]).astype(np.float32)
        found[f"{name}_offset"] = rng.normal(0, 0.3, CHANNELS if name == "window" else shape[0]).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def embedder(arrays, tmp_path_factory):
    path = tmp_path_factory.mktemp("order") / "table.safetensors"
    save_file(arrays, path)
    return StaticEmbedder(str(path))


def unit(x):
    return x / np.linalg.norm(x)


def by_formula(arrays, words):
    """The embedding of a text of known words, nothing rounded."""
    weights = {
        name: arrays[name] * arrays[f"{name}_scales"][:, None].astype(float) for name in ("window", "inner", "answer")
    }
    relu = lambda x: np.maximum(x, 0)  # noqa: E731, as in the formula
    e = [(arrays["vectors"][NAMES.index(w)].astype(float), float(arrays["scales"][NAMES.index(w)])) for w in words]
    bag = unit(sum(direction * length for direction, length in e))
    x = [np.zeros(D), *(STRETCH * unit(direction) for direction, _ in e[:READ]), np.zeros(D)]
    before, at, after = np.split(weights["window"], 3)
    h = [relu(before @ x[t - 1] + at @ x[t] + after @ x[t + 1] + arrays["window_offset"]) for t in range(1, len(x) - 1)]
    pooled = np.concatenate([np.mean(h, axis=0), np.max(h, axis=0)])
    hidden = relu(weights["inner"] @ np.concatenate([GAIN * bag, pooled]) + arrays["inner_offset"])
    return unit(bag + weights["answer"] @ np.concatenate([hidden, pooled]) + arrays["answer_offset"])


@pytest.mark.parametrize("text", ["alpha", "alpha beta", "beta alpha", "gamma delta gamma beta", "delta " * 8 + "beta"])
def test_it_is_the_formula_up_to_rounding(arrays, embedder, text):
    np.testing.assert_allclose(embedder.embed([text])[0], by_formula(arrays, text.split()), atol=0.01)


def test_order_counts(embedder):
    first, second, again = embedder.embed(["alpha beta gamma", "gamma alpha beta", "Alpha, beta: gamma!"])
    assert np.abs(first - second).max() > 0.01
    np.testing.assert_array_equal(first, again)


def test_only_the_head_of_a_text_is_read_for_its_order(embedder):
    head = "alpha beta gamma delta alpha beta gamma delta "
    first, second = embedder.embed([head + "alpha beta gamma", head + "gamma alpha beta"])
    np.testing.assert_array_equal(first, second)


def test_a_word_of_pieces_weighs_as_much_as_a_whole_one(arrays, embedder):
    """«bex» is b, e, x, each of a third of the weight, and the windows run over them."""
    pieces = ["b", "##e", "##x"]
    whole = by_formula(arrays, pieces)  # all weights alike: the same bag and the same mean
    np.testing.assert_allclose(embedder.embed(["bex"])[0], whole, atol=0.01)


def test_texts_without_words_stay_zero(embedder):
    np.testing.assert_array_equal(embedder.embed(["", "ωμέγα", "a ?"]), np.zeros((3, D)))


@pytest.mark.parametrize("texts", [["alpha beta", "gamma", ""] * 1500])
def test_what_is_read_together_changes_no_bit(embedder, texts):
    together = embedder.embed(texts)
    np.testing.assert_array_equal(together, np.tile(embedder.embed(texts[:3]), (1500, 1)))


def test_the_shipped_network_hears_the_order():
    with safe_open(SHIPPED, framework="numpy") as file:
        assert file.get_tensor("settings").tolist() == [128, GAIN, STRETCH]
    asked, same, other = StaticEmbedder().embed(
        [
            "how do you say good morning in french",
            "what is the french word for good morning",
            "good french food to have in the morning",
        ]
    )
    assert asked @ same > asked @ other + 0.1
