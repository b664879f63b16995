"""Topics over time and per class, against the same thing done cell by cell with plain loops."""

from __future__ import annotations

import copy
import datetime

import numpy as np
import pandas as pd
import pytest

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.operations.dynamic import topics_over_time, topics_per_class


def times_of(fitted, n=5, seed=1):
    return np.random.default_rng(seed).integers(2000, 2000 + n, fitted.state.n_documents)


def unit(vector):
    return vector / vector.sum() if vector.sum() else vector


def by_hand(fitted, groups, topics, evolution, global_tuning):
    """{(group, topic): (frequency, words)} from dense arithmetic over raw text."""
    state, vectorizer = fitted.state, fitted.components.vectorizer
    terms, idf = state.vocabulary.terms, state.vocabulary.idf
    global_rows = {t: unit(state.ctfidf[state.row(t)].toarray().ravel()) for t in state.topic_ids.tolist()}
    result, previous = {}, {}
    for group in sorted(set(groups)):
        raw = {}
        for topic in sorted(set(np.asarray(topics)[np.asarray(groups) == group])):
            chosen = [d for d, g, t in zip(state.documents, groups, topics, strict=True) if g == group and t == topic]
            counts = vectorizer.transform([" ".join(chosen)]).toarray().ravel()
            raw[topic] = unit(unit(counts.astype(float)) * idf)
            vector = raw[topic]
            if evolution and topic in previous:
                vector = (vector + previous[topic]) / 2
            if global_tuning:
                vector = (vector + global_rows[topic]) / 2
            best = np.lexsort((np.arange(len(terms)), -np.round(vector, 14)))[:5]
            result[group, topic] = (len(chosen), ", ".join(terms[i] for i in best if vector[i] > 0))
        previous = raw
    return result


@pytest.mark.parametrize("evolution", [True, False])
@pytest.mark.parametrize("global_tuning", [True, False])
def test_equals_the_loop(fitted, documents, evolution, global_tuning):
    times = times_of(fitted)
    frame = topics_over_time(fitted, documents, times.tolist(), evolution_tuning=evolution, global_tuning=global_tuning)
    expected = by_hand(fitted, times.tolist(), fitted.state.topics.tolist(), evolution, global_tuning)
    assert list(frame.columns) == ["Topic", "Words", "Frequency", "Timestamp"]
    assert list(zip(frame.Timestamp, frame.Topic, strict=True)) == sorted(expected)
    for row in frame.itertuples():
        assert (row.Frequency, row.Words) == expected[row.Timestamp, row.Topic]
    assert frame.Frequency.sum() == len(documents)


def test_evolution_tuning_has_an_effect(fitted, documents):
    """In BERTopic 0.17.4 it had none: its result was written into a temporary."""
    times = times_of(fitted)
    tuned = topics_over_time(fitted, documents, times, global_tuning=False)
    plain = topics_over_time(fitted, documents, times, global_tuning=False, evolution_tuning=False)
    assert tuned.Words.tolist() != plain.Words.tolist()
    first = tuned.Timestamp == tuned.Timestamp.min()
    assert tuned.Words[first].tolist() == plain.Words[first].tolist()


def test_model_is_not_changed_and_nothing_is_represented(fitted_unasked, documents):
    """BERTopic 0.17.4 rescaled its c-TF-IDF in place, and ran the representation models for every cell."""
    before = copy.deepcopy(fitted_unasked.state)
    topics_over_time(fitted_unasked, documents, times_of(fitted_unasked))
    topics_per_class(fitted_unasked, documents, ["a", "b"] * 30)
    after = fitted_unasked.state
    assert (before.ctfidf != after.ctfidf).nnz == 0
    assert (before.document_terms.matrix != after.document_terms.matrix).nnz == 0
    assert before.words == after.words


def test_subset_of_topics_is_tuned_with_its_own_rows(fitted, documents):
    """BERTopic 0.17.4 looked the global row up by position among the topics present."""
    state = fitted.state
    chosen = np.flatnonzero(np.isin(state.topics, [2, 3]))
    docs = [documents[i] for i in chosen]
    times = times_of(fitted)[chosen]
    frame = topics_over_time(fitted, docs, times, topics=state.topics[chosen], evolution_tuning=False)
    all_of_them = topics_over_time(fitted, documents, times_of(fitted), evolution_tuning=False)
    expected = all_of_them[all_of_them.Topic.isin([2, 3])].reset_index(drop=True)
    pd.testing.assert_frame_equal(frame, expected)


def test_stored_counts_and_fresh_counts_agree(fitted, documents):
    times, topics = times_of(fitted), fitted.state.topics
    order = np.arange(60)[::-1]
    anew = topics_over_time(fitted, [documents[i] for i in order], times[order], topics=topics[order])
    pd.testing.assert_frame_equal(anew, topics_over_time(fitted, documents, times))


@pytest.mark.parametrize("convert", [np.array, pd.Series, tuple])
def test_forms_of_topics(fitted, documents, convert):
    """A NumPy array of topics was an ambiguous truth value."""
    topics = convert(fitted.state.topics.tolist())
    frame = topics_over_time(fitted, documents, times_of(fitted), topics=topics)
    pd.testing.assert_frame_equal(frame, topics_over_time(fitted, documents, times_of(fitted)))


def test_forms_of_timestamps(fitted, documents):
    """Strings failed on pandas 3, a Series with another index by its first label."""
    years = times_of(fitted)
    moments = [datetime.datetime(year, 2, 3) for year in years]
    expected = topics_over_time(fitted, documents, moments)
    assert pd.api.types.is_datetime64_any_dtype(expected.Timestamp)
    assert expected.Timestamp.iloc[0] == pd.Timestamp(2000, 2, 3)
    forms = [
        [moment.strftime("%Y-%m-%d") for moment in moments],
        [moment.date() for moment in moments],
        pd.Series(moments, index=np.arange(60) + 1000),
        pd.DatetimeIndex(moments),
        np.array(moments, dtype="datetime64[s]"),
        [moment.strftime("%d %B %Y" if i % 2 else "%Y/%m/%d") for i, moment in enumerate(moments)],
    ]
    for form in forms:
        frame = topics_over_time(fitted, documents, form)
        assert frame.drop(columns="Timestamp").equals(expected.drop(columns="Timestamp"))
        assert (pd.DatetimeIndex(frame.Timestamp) == pd.DatetimeIndex(expected.Timestamp)).all()
    swapped = [moment.strftime("%d.%m.%Y") for moment in moments]
    frame = topics_over_time(fitted, documents, swapped, datetime_format="%d.%m.%Y")
    assert (pd.DatetimeIndex(frame.Timestamp) == pd.DatetimeIndex(expected.Timestamp)).all()


def test_polars_column(fitted, documents):
    polars = pytest.importorskip("polars")
    years = times_of(fitted)
    moments = [datetime.date(int(year), 1, 1) for year in years]
    frame = topics_over_time(fitted, documents, polars.Series(moments))
    assert frame.Frequency.tolist() == topics_over_time(fitted, documents, years).Frequency.tolist()


def test_numbers_keep_their_type(fitted, documents):
    years = times_of(fitted)
    assert topics_over_time(fitted, documents, years).Timestamp.dtype == np.int64
    assert topics_over_time(fitted, documents, years / 2).Timestamp.dtype == np.float64


def test_missing_timestamps_are_left_out(fitted, documents, caplog):
    moments = pd.Series([pd.Timestamp(year, 1, 1) for year in times_of(fitted)])
    moments[[0, 7, 8]] = pd.NaT
    frame = topics_over_time(fitted, documents, moments)
    assert frame.Frequency.sum() == 57
    assert "3 of 60 documents have no timestamp" in caplog.text
    kept = np.setdiff1d(np.arange(60), [0, 7, 8])
    expected = topics_over_time(fitted, [documents[i] for i in kept], moments[kept], topics=fitted.state.topics[kept])
    pd.testing.assert_frame_equal(frame, expected)


def test_bins_begin_at_the_data(fitted, documents):
    """BERTopic's first label lay 0.1 % of the range below the smallest value."""
    values = np.linspace(0, 6, 60)
    frame = topics_over_time(fitted, documents, values, nr_bins=3)
    assert sorted(set(frame.Timestamp)) == [0.0, 2.0, 4.0]
    expected = pd.Series(pd.cut(values, 3, labels=False)).value_counts().sort_index().tolist()
    assert frame.groupby("Timestamp").Frequency.sum().tolist() == expected


def test_bins_of_moments(fitted, documents):
    moments = pd.date_range("2020-01-01", periods=60, freq="D")
    frame = topics_over_time(fitted, documents, moments, nr_bins=59)
    assert frame.Timestamp.min() == moments[0]
    assert set(frame.Timestamp) <= set(moments)
    zoned = topics_over_time(fitted, documents, moments.tz_localize("Europe/Berlin"), nr_bins=4)
    assert str(zoned.Timestamp.dt.tz) == "Europe/Berlin"
    assert zoned.Timestamp.min() == moments[0].tz_localize("Europe/Berlin")
    assert zoned.Frequency.sum() == 60


def test_many_timestamps_warn(fitted, documents, caplog):
    topics_over_time(fitted, documents * 2, np.arange(120), topics=[*fitted.state.topics] * 2)
    assert "120 distinct timestamps" in caplog.text


@pytest.mark.parametrize(
    ("timestamps", "options", "message"),
    [
        ([2000] * 59, {}, "59 values for 60 documents"),
        (["soon"] * 60, {}, "'soon'"),
        ([None] * 60, {}, "every document lacks its timestamp"),
        ([2000] * 60, {"nr_bins": 0}, "nr_bins"),
        ([2000] * 60, {"nr_bins": 2.5}, "nr_bins"),
        ([2000] * 60, {"topics": [0] * 59}, "topics"),
        (None, {}, "timestamps must be a sequence"),
    ],
)
def test_bad_input(fitted, documents, timestamps, options, message):
    with pytest.raises(InvalidInputError, match=message):
        topics_over_time(fitted, documents, timestamps, **options)


def test_unknown_topic(fitted, documents):
    with pytest.raises(UnknownTopicError, match="99"):
        topics_over_time(fitted, documents, times_of(fitted), topics=[99] * 60)


def test_other_number_of_documents(fitted, documents):
    with pytest.raises(InvalidInputError, match="59 texts"):
        topics_over_time(fitted, documents[:59], times_of(fitted)[:59])


@pytest.mark.parametrize("global_tuning", [True, False])
def test_classes_equal_the_loop(fitted, documents, global_tuning):
    classes = np.random.default_rng(5).choice(["b", "a", "c"], 60).tolist()
    frame = topics_per_class(fitted, documents, classes, global_tuning=global_tuning)
    expected = by_hand(fitted, classes, fitted.state.topics.tolist(), False, global_tuning)
    assert list(frame.columns) == ["Topic", "Words", "Frequency", "Class"]
    assert len(frame) == len(expected)
    for row in frame.itertuples():
        assert (row.Frequency, row.Words) == expected[row.Class, row.Topic]
    first_seen = list(dict.fromkeys(classes))
    assert frame.Class.drop_duplicates().tolist() == first_seen


def test_classes_of_any_kind(fitted, documents):
    kinds = [1, "one", None, (1, 2)] * 15
    frame = topics_per_class(fitted, documents, kinds)
    assert frame.Frequency.sum() == 45
    assert set(frame.Class) == {1, "one", (1, 2)}
    with pytest.raises(InvalidInputError, match="59 values"):
        topics_per_class(fitted, documents, ["a"] * 59)


class Shouting:
    """Upper case, and a note of what it was shown."""

    def represent(self, evidence, words):
        self.evidence = evidence
        return {topic: [(word.upper(), weight) for word, weight in found] for topic, found in words.items()}


@pytest.mark.parametrize("global_tuning", [True, False])
def test_representation_models_run_when_asked(make_fitted, fitted, documents, global_tuning):
    model = Shouting()
    asked = make_fitted(documents, fitted.state.topics, main=(model,))
    times = times_of(fitted)
    plain = topics_over_time(fitted, documents, times, global_tuning=global_tuning)
    frame = topics_over_time(asked, documents, times, global_tuning=global_tuning, representation=True)
    assert frame.Words.tolist() == plain.Words.str.upper().tolist()
    seen = model.evidence
    assert len(seen.topic_ids) == len(frame)
    for cell, row in frame.iterrows():
        members = np.flatnonzero(seen.topics == cell)
        assert len(members) == row.Frequency
        expected = (times == row.Timestamp) & (fitted.state.topics == row.Topic)
        assert members.tolist() == np.flatnonzero(expected).tolist()
        assert np.allclose(seen.topic_embeddings[cell], fitted.state.embeddings[expected].mean(axis=0), atol=1e-6)
    per_class = topics_per_class(asked, documents, ["a", None, "b"] * 20, representation=True)
    assert per_class.Words.tolist() == [words.upper() for words in per_class.Words]
    assert len(model.evidence.documents) == 40
