"""What a corpus adds to the embeddings of its documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from leitmotif import BERTopic
from leitmotif.building.adaptation import CorpusAdaptation, adapt, adapted, learn_adaptation
from leitmotif.dimensionality import UMAP

FIELDS = (
    "goal striker keeper match league referee penalty stadium".split(),
    "bank loan interest credit mortgage deposit account branch".split(),
    "virus vaccine patient doctor clinic symptom fever nurse".split(),
)


@pytest.fixture(scope="module")
def corpus() -> tuple[list[str], np.ndarray]:
    """300 texts of three fields, and the field of each."""
    rng = np.random.default_rng(11)
    field = np.arange(300) % 3
    return [" ".join(rng.choice(FIELDS[k], 5)) for k in field], field


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(12).standard_normal((300, 16)).astype(np.float32)


@pytest.fixture(scope="module")
def adaptation(corpus: tuple[list[str], np.ndarray]) -> CorpusAdaptation:
    found = learn_adaptation(corpus[0])
    assert found is not None
    return found


def test_a_row_is_the_embedding_at_unit_length_and_half_as_long_a_latent_part(
    corpus: tuple[list[str], np.ndarray], noise: np.ndarray, adaptation: CorpusAdaptation
) -> None:
    rows = adapted(adaptation, noise, corpus[0])
    assert rows.shape == (300, 16 + 10)
    np.testing.assert_allclose(rows[:, :16], noise / np.linalg.norm(noise, axis=1, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(rows[:, 16:], axis=1), 0.5, rtol=1e-6)


def test_texts_of_one_field_are_alike_in_the_latent_part(
    corpus: tuple[list[str], np.ndarray], noise: np.ndarray, adaptation: CorpusAdaptation
) -> None:
    latent = adapted(adaptation, noise, corpus[0])[:, 16:].astype(float)
    similarity = 4 * latent @ latent.T
    same = corpus[1][:, None] == corpus[1]
    assert similarity[same].mean() > 0.6
    assert abs(similarity[~same].mean()) < 0.1


def test_unknown_words_and_missing_texts_have_no_latent_part(noise: np.ndarray, adaptation: CorpusAdaptation) -> None:
    assert not adapted(adaptation, noise[:2], ["zebra quagga", ""])[:, 16:].any()
    assert not adapted(adaptation, noise[:2], None)[:, 16:].any()


def test_a_row_does_not_depend_on_its_batch(
    corpus: tuple[list[str], np.ndarray], noise: np.ndarray, adaptation: CorpusAdaptation
) -> None:
    texts = [f"{text} unheard{i}" for i, text in enumerate(corpus[0])]
    whole = adapted(adaptation, noise, texts)
    parts = [adapted(adaptation, noise[i : i + 7], texts[i : i + 7]) for i in range(0, 300, 7)]
    assert (whole == np.concatenate(parts)).all()


def test_the_documents_learnt_from_are_adapted_as_if_they_were_new(
    corpus: tuple[list[str], np.ndarray], noise: np.ndarray
) -> None:
    adaptation, seen = adapt(noise, corpus[0])
    assert (seen == adapted(adaptation, noise, corpus[0])).all() and seen[:, 16:].any()


def test_few_documents_and_tokens_that_are_no_words_teach_nothing(corpus: tuple[list[str], np.ndarray]) -> None:
    assert learn_adaptation(corpus[0][:150]) is None
    assert learn_adaptation([f"unlike{i} all{i} others{i} and" for i in range(400)]) is None
    assert learn_adaptation([""] * 400) is None


def test_topics_follow_the_words_where_embeddings_say_nothing(
    corpus: tuple[list[str], np.ndarray], noise: np.ndarray
) -> None:
    texts, field = corpus
    plain = BERTopic(n_topics=3, corpus_adaptation=False).fit(texts, 0.2 * noise)
    adapts = BERTopic(n_topics=3).fit(texts, 0.2 * noise)
    assert adjusted_rand_score(field, plain.topics_) < 0.1
    assert adjusted_rand_score(field, adapts.topics_) > 0.5


def test_the_seed_of_the_model_does_not_change_it(corpus: tuple[list[str], np.ndarray], noise: np.ndarray) -> None:
    one, two = (BERTopic(random_state=seed).fit(corpus[0], noise) for seed in (1, 2))
    assert one.topics_ == two.topics_


def test_it_is_off_with_a_reducer_of_ones_own_and_where_bertopic_is_asked_for(
    corpus: tuple[list[str], np.ndarray], noise: np.ndarray
) -> None:
    def width(**settings: object) -> int:
        model = BERTopic(**settings).fit(corpus[0], noise)
        return int(model.umap_model.n_features_in_)

    assert width() == 26
    assert width(umap_model=UMAP(n_components=3)) == 16
    assert width(umap_model=UMAP(n_components=3), corpus_adaptation=True) == 26
    assert width(compat="bertopic") == 16
    assert width(corpus_adaptation=False) == 16


def test_a_loaded_model_a_cut_and_one_text_at_a_time_answer_alike(
    corpus: tuple[list[str], np.ndarray], noise: np.ndarray, tmp_path: Path
) -> None:
    texts, _ = corpus
    model = BERTopic().fit(texts, noise)
    model.save(tmp_path / "model", include_counts=True)
    loaded = BERTopic.load(tmp_path / "model")
    new = [f"{text} again" for text in texts[:40]]
    expected = model.transform(new, noise[40:80])[0]
    assert loaded.transform(new, noise[40:80])[0] == expected
    assert [model.transform(text, noise[40 + i : 41 + i])[0][0] for i, text in enumerate(new)] == expected
    three = model.at(3)
    assert three.transform(texts, noise)[0] == three.topics_
    assert (
        BERTopic.load(tmp_path / "model").at(3).transform(new, noise[40:80])[0] == three.transform(new, noise[40:80])[0]
    )
