"""What every representation model keeps, one line a model."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import pytest

import leitmotif.representation as representation
from leitmotif.errors import InvalidInputError
from leitmotif.representation import (
    BaseRepresentation,
    Cohere,
    KeyBERTInspired,
    KeyphraseLabels,
    LangChain,
    LanguageModelLabels,
    LiteLLM,
    MaximalMarginalRelevance,
    OpenAI,
    PartOfSpeech,
    TopicWords,
)

MODELS = [
    BaseRepresentation(),
    KeyBERTInspired(top_n_words=3),
    MaximalMarginalRelevance(diversity=0.5, top_n_words=3),
    PartOfSpeech("embedded", top_n_words=3),
    OpenAI("client", nr_docs=2),
    Cohere("client", nr_docs=2),
    LiteLLM(nr_docs=2),
    LangChain("chain", nr_docs=2),
    KeyphraseLabels(nr_docs=3),
    LanguageModelLabels(str.upper, nr_docs=2),
    TopicWords(top_n_words=3),
]


def test_the_twelve_names_of_bertopic() -> None:
    assert sorted(set(representation.__all__) - {"KeyphraseLabels", "LanguageModelLabels", "TopicWords"}) == sorted(
        "BaseRepresentation Cohere KeyBERTInspired LangChain LiteLLM LlamaCPP MaximalMarginalRelevance OpenAI PartOfSpeech "
        "TextGeneration VisualRepresentation ZeroShotClassification".split()
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_parameters_as_in_scikit_learn(model) -> None:
    sklearn_base = pytest.importorskip("sklearn.base")
    copy = sklearn_base.clone(model)
    assert copy is not model and copy.get_params() == model.get_params()
    name, value = next(iter(model.get_params().items()), (None, None))
    if name is not None:
        assert copy.set_params(**{name: value}) is copy
    with pytest.raises(InvalidInputError, match="no_such_thing"):
        copy.set_params(no_such_thing=1)
    assert pickle.loads(pickle.dumps(model)).get_params() == model.get_params()
    assert repr(model).startswith(type(model).__name__ + "(")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_nothing_given_is_changed_and_every_topic_answered(model, make_evidence, words) -> None:
    evidence = make_evidence()
    before = (
        evidence.ctfidf.copy(),
        {topic: list(pairs) for topic, pairs in words.items()},
        evidence.embeddings.copy(),
    )
    found = model.represent(evidence, words)
    assert list(found) == list(words)
    assert all(
        isinstance(word, str) and word and isinstance(weight, float) for own in found.values() for word, weight in own
    )
    assert (evidence.ctfidf != before[0]).nnz == 0 and words == before[1] and (evidence.embeddings == before[2]).all()
    assert model.represent(make_evidence(), words) == found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_no_topics_at_all(model, make_evidence) -> None:
    import numpy as np
    from scipy.sparse import csr_matrix

    evidence = make_evidence(topic_ids=np.empty(0, dtype=np.int64), ctfidf=csr_matrix((0, len(make_evidence().terms))))
    if isinstance(model, LangChain):
        model = LangChain(SimpleNamespace(batch=lambda questions, **_: []))
    assert model.represent(evidence, {}) == {}
