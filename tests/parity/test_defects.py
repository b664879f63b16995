"""Every defect of BERTopic 0.17.4 that we know is right here: a test each, or the name of the one elsewhere.

``ELSEWHERE`` says where a defect's test stands, so that none is lost when tests move.
"""

from __future__ import annotations

import copy
import logging
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leitmotif import BERTopic
from leitmotif.backend import BaseEmbedder
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.errors import LeitmotifError, MissingComponentError
from leitmotif.representation._mmr import mmr
from leitmotif.vectorizers import CountVectorizer

TESTS = Path(__file__).parents[1]
ELSEWHERE = {
    "KeyBERTInspired compares with the wrong documents": (
        "representation/test_keybert.py::test_given_embeddings_are_those_of_the_typical_documents"
    ),
    "evolution_tuning does nothing": "operations/test_dynamic.py::test_evolution_tuning_has_an_effect",
    "analyses over time rescale c_tf_idf_": (
        "operations/test_dynamic.py::test_model_is_not_changed_and_nothing_is_represented"
    ),
    "update_topics leaves the old topic embeddings": "test_model.py::test_outliers_gone_leave_every_lookup_right",
    "delete_topics deletes other rows": "operations/test_edits.py::test_delete",
    "decay forgets everything": "learning/test_incremental.py::test_decay_forgets_gently",
    "merging with -1 looks up other rows": "operations/test_edits.py::test_merge_with_the_outliers",
    "merging groups that overlap": "operations/test_edits.py::test_merge_overlapping_groups",
    "merging unknown topics": "operations/test_edits.py::test_unknown_topics",
    "merging with NumPy integers": "operations/test_edits.py::test_forms_of_groups",
    "custom labels go stale": "operations/test_edits.py::test_untouched_topics_keep_their_words_and_labels",
    "a topic like the outliers vanishes in merge_models": (
        "operations/test_combine.py::test_a_topic_like_the_outliers_is_not_swallowed"
    ),
    "merge_models of a model without outliers": "operations/test_combine.py::test_base_without_outliers",
    "heatmap of chosen topics": "plotting/test_heatmap.py::test_similarities_belong_to_their_labels",
    "tuning of chosen topics": "operations/test_dynamic.py::test_subset_of_topics_is_tuned_with_its_own_rows",
    "zero-shot where all documents match": "learning/test_variants.py::test_zero_shot",
    "zero-shot names after loading": "stores/test_estimators.py::test_zero_shot_names_come_back",
    "defaults shared between backends": ("backend/test_providers.py::test_two_instances_share_nothing"),
    "MMR gives padding back": "representation/test_mmr.py::test_fewer_words_than_asked_and_padding",
    "PartOfSpeech weighs by another topic": "representation/test_pos.py::test_weights_are_those_of_the_matrix_given",
    "typical documents are drawn with replacement": "kernels/test_exemplars.py::test_rows_are_the_nearest_of_their_topic",
    "inverse frequencies that are infinite or negative": "vectorizers/test_ctfidf.py::test_weights_are_the_formula",
    "back-off of LiteLLM": "representation/test_prompted.py::test_tries_come_later_and_later",
    "the first bin begins below the data": "operations/test_dynamic.py::test_bins_begin_at_the_data",
    "timestamps that are strings": "operations/test_dynamic.py::test_forms_of_timestamps",
    "topics as an array": "operations/test_dynamic.py::test_forms_of_topics",
    "transform of one text with its embedding": "test_model.py::test_transform_of_odd_input",
    "the table of tokens on pandas 3": ("plotting/test_distribution.py::test_a_styled_table_with_everything_escaped"),
    "hierarchy with labels of an aspect": "plotting/test_hierarchy.py::test_labels_of_every_kind",
    "figures over time with labels of an aspect": "plotting/test_frames.py::test_labels_of_every_kind",
    "as many levels as merges": "plotting/test_hierarchical_documents.py::test_levels_with_as_many_as_merges",
    "datamap without its library": ("plotting/test_datamap.py::test_without_the_library_the_error_says_how_to_get_it"),
    "annotations overwrite points": "plotting/test_documents.py::test_labels_are_annotations_and_no_point_is_lost",
    "samples differ from call to call": (
        "plotting/test_documents.py::test_a_sample_is_of_large_topics_only_and_the_same_every_time"
    ),
    "term ranks of unequal topics": "plotting/test_words.py::test_ranks_of_topics_with_unequal_numbers_of_words",
    "outlier strategies": "operations/test_outliers.py::test_bad_input",
    "no outliers that are similar": "operations/test_outliers.py::test_distributions_where_nothing_is_similar",
    "reduce_topics(nr_topics=1)": "operations/test_edits.py::test_bad_numbers",
    "documents that are partly texts": "test_model.py::test_bad_input_is_refused_before_any_work",
    "an unknown serialization": "stores/test_directory.py::test_unknown_options_are_named",
    "MyLogger('ERROR'), TopicMapper and other helpers": "parity/test_habits.py::test_helpers",
    "SentenceTransformerBackend cannot be imported": "backend/test_providers.py::SentenceTransformerBackend",
    "no set_params": "test_model.py::test_parameters",
}


@pytest.mark.parametrize("defect", ELSEWHERE)
def test_it_has_a_test(defect):
    file, _, name = ELSEWHERE[defect].partition("::")
    assert name in (TESTS / file).read_text(encoding="utf-8")


def manual(**parameters):
    return BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster(), **parameters)


@pytest.fixture(scope="module")
def fitted(corpus):
    texts, embeddings, labels = corpus
    labels = np.where(np.arange(len(texts)) < 8, -1, labels)
    return manual(representation_model={"Aspect": []}).fit(texts, embeddings, y=labels)


@pytest.fixture
def model(fitted):
    return copy.deepcopy(fitted)


# -- wrong results ----------------------------------------------------------------------------------


def test_a_model_answers_after_topics_were_deleted(model, corpus):
    """BERTopic cuts the inverse frequencies by topic ids, and fails where labels were set."""
    texts, embeddings, _ = corpus
    model.set_topic_labels({0: "Zero", 2: "Two"})
    rocket = dict(zip(range(3), (model.topics_.index(k) for k in range(3)), strict=True))
    model.delete_topics([1])
    assert model.topics_[rocket[1]] == -1
    assert model.custom_labels_[1:] == ["Zero", "Two"]
    rows, _ = model.approximate_distribution([texts[rocket[0]], texts[rocket[2]]], min_similarity=0)
    assert rows.argmax(axis=1).tolist() == [0, 1]
    assert model.transform(None, embeddings[[rocket[0], rocket[2]]])[0] == [0, 1]
    assert len(model.ctfidf_model.idf_) == model.c_tf_idf_.shape[1]


def test_a_guided_fit_leaves_the_embeddings_alone(corpus):
    texts, embeddings, _ = corpus

    class Words(BaseEmbedder):
        def embed(self, documents, verbose=False):
            return np.array([[float("rocket" in text), float("bread" in text), *[0.1] * 6] for text in documents])

    before = embeddings.copy()
    model = BERTopic(embedding_model=Words(), seed_topic_list=[["rocket"], ["bread"]], min_topic_size=5)
    first = model.fit(texts, embeddings).topic_embeddings_
    assert (embeddings == before).all()
    assert np.array_equal(model.fit(texts, embeddings).topic_embeddings_, first)


@pytest.mark.parametrize("named", [False, True])
def test_words_are_cut_alike_in_the_fit_and_later_however_the_embedder_is_given(corpus, named):
    texts, embeddings, labels = corpus
    odd = "don't stop-motion café naïve"

    class Any(BaseEmbedder):
        def embed(self, documents, verbose=False):
            return np.zeros((len(documents), 8))

    model = manual(embedding_model=Any() if named else None, vectorizer_model=CountVectorizer())
    model.fit([f"{text} {odd}" for text in texts], embeddings, y=labels)
    known = set(model.vectorizer_model.get_feature_names_out())
    assert {"don", "stop", "motion", "café", "naïve"} <= known
    assert model.vectorizer_model.transform([odd]).sum() == 5


def test_more_words_than_there_are():
    vectors = np.array([[1.0, 0.0], [0.8, 0.6]])
    assert mmr(np.array([[1.0, 0.0]]), vectors, ["a", "b"], diversity=0.5, top_n=9) == ["a", "b"]
    assert mmr(np.array([[1.0, 0.0]]), np.zeros((0, 2)), [], top_n=3) == []


@pytest.mark.parametrize("part", ["umap_model", "hdbscan_model"])
def test_a_part_that_raises_is_not_run_a_second_time(corpus, part):
    texts, embeddings, _ = corpus
    calls = []

    class Broken:
        def fit(self, X, y=None):
            calls.append(len(X))
            raise TypeError("a mistake of its author's")

        def transform(self, X):
            return X

    parts = {"umap_model": BaseDimensionalityReduction(), "hdbscan_model": BaseCluster()} | {part: Broken()}
    with pytest.raises(TypeError, match="of its author's"):
        BERTopic(**parts).fit(texts, embeddings)
    assert calls == [len(texts)]


def test_typical_documents_belong_to_their_topic_whatever_the_order_of_ids():
    """Equal texts in two topics, ids that do not come sorted, more documents than are drawn."""
    texts = ["shared words here"] * 3 + [f"rocket moon {i}" for i in range(600)] + [f"bread oven {i}" for i in range(9)]
    labels = np.array([7, 2, -1] + [7] * 600 + [2] * 9)
    model = manual().fit(texts, np.eye(3)[np.unique(labels, return_inverse=True)[1]], y=labels)
    for topic, docs in model.get_representative_docs().items():
        held = {text for text, t in zip(texts, model.topics_, strict=True) if t == topic}
        assert docs and set(docs) <= held and len(set(docs)) == len(docs)


# -- crashes and potholes -----------------------------------------------------------------------------


def test_a_series_with_another_index(model, corpus):
    texts, _, _ = corpus
    order = np.arange(len(texts))[::-1]
    times = pd.Series(pd.date_range("2024-01-01", periods=len(texts)), index=order)
    frame = model.topics_over_time(pd.Series(texts, index=order), times, nr_bins=3)
    assert frame.Frequency.sum() == len(texts)


def test_wrong_arguments_say_what_is_right(model, corpus):
    texts, _, _ = corpus
    for call in (
        model.find_topics,
        lambda: model.set_topic_labels(3),
        lambda: model.reduce_outliers(texts, model.topics_, strategy="typo"),
        lambda: model.topics_over_time(texts, [None] * len(texts)),
    ):
        with pytest.raises(LeitmotifError) as raised:
            call()
        assert len(str(raised.value)) > 20
    model.set_topic_labels(("out", "a", "b", "c"))  # a tuple is as good as a list
    assert model.custom_labels_ == ["out", "a", "b", "c"]


def test_numpy_integers_are_integers(model):
    assert model.get_topic_freq(np.int64(0)) == model.topic_sizes_[0]
    assert len(model.get_topic_info(np.int32(0))) == 1
    assert model.get_topic(np.int64(1)) == model.get_topic(1)
    assert model.get_representative_docs(np.int64(1)) == model.get_representative_docs(1)


def test_a_model_without_its_parts_says_which(model, corpus, tmp_path):
    texts, _, _ = corpus
    model.embedding_model = None
    bare = copy.deepcopy(model)
    bare._state = None
    state = model.state
    from dataclasses import replace

    bare._state = replace(state, ctfidf=None, vocabulary=None, document_terms=None)
    times = list(range(len(texts)))
    for call in (
        lambda: bare.topics_over_time(texts, times),
        lambda: bare.topics_per_class(texts, times),
        lambda: bare.hierarchical_topics(texts),
        lambda: bare.approximate_distribution(texts[:2]),
    ):
        with pytest.raises(MissingComponentError, match="c-TF-IDF"):
            call()
    bare._state = replace(state, topic_embeddings=None)
    with pytest.raises(MissingComponentError, match="embedding"):
        bare.find_topics("rocket")


def test_a_column_called_name_is_kept(model, corpus):
    texts, _, _ = corpus
    frame = pd.DataFrame({"Name": [f"n{i}" for i in range(len(texts))], "Year": 2024})
    info = model.get_document_info(texts, df=frame, metadata={"Place": texts})
    assert info["Name_df"].tolist() == frame["Name"].tolist()
    assert info["Name"].tolist() == [model.topic_labels_[topic] for topic in model.topics_]
    assert list(info.columns[:3]) == ["Name_df", "Year", "Document"] and info.columns[-1] == "Place"


def test_an_embedder_without_embed_says_so(corpus):
    texts, _, labels = corpus
    with pytest.raises((NotImplementedError, LeitmotifError)):
        BERTopic(embedding_model=BaseEmbedder()).fit(texts)
    with pytest.raises((NotImplementedError, LeitmotifError)):
        manual(embedding_model=BaseEmbedder(), seed_topic_list=[["a"]]).fit(texts, y=labels)


def test_the_inverse_frequencies_have_their_name(model):
    assert np.array_equal(model.ctfidf_model.idf_, model.ctfidf_model._idf_diag.diagonal())


# -- state and safety ---------------------------------------------------------------------------------


def test_importing_and_constructing_leave_the_process_as_it_was():
    code = (
        "import warnings, logging, numpy as np, scipy.sparse\n"  # SciPy adds a filter of its own
        "before = (list(warnings.filters), logging.getLogger().level, np.random.get_state()[1].sum())\n"
        "import leitmotif, sys\n"
        "model = leitmotif.BERTopic(verbose=True); leitmotif.BERTopic()\n"
        "assert (list(warnings.filters), logging.getLogger().level, np.random.get_state()[1].sum()) == before\n"
        "assert not {'torch', 'umap', 'hdbscan', 'sklearn', 'pandas', 'plotly'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_fitting_leaves_warnings_and_the_global_random_state_alone(corpus):
    texts, embeddings, labels = corpus
    filters, level = list(warnings.filters), logging.getLogger("leitmotif").level
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    manual().fit(texts, embeddings, y=labels)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    assert list(warnings.filters) == filters and logging.getLogger("leitmotif").level == level


def test_an_update_keeps_what_it_was_not_told_to_change(corpus):
    texts, embeddings, labels = corpus
    vectorizer = CountVectorizer(stop_words=["the", "today"])
    model = manual(vectorizer_model=vectorizer, top_n_words=4, representation_model={"Aspect": []})
    model.fit(texts, embeddings, y=labels)
    model.update_topics(texts, topics=[0 if t == 1 else t for t in model.topics_])
    assert model.vectorizer_model is vectorizer and model.top_n_words == 4 and "Aspect" in model.topic_aspects_
    assert all(len(words) == 4 for words in model.get_topics().values())
