"""Long documents divided into passages: topics of the passages, everything else told of the documents."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.backend import BaseEmbedder
from leitmotif.building.embedding import embed
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.learning.chunking import PASSAGE_WORDS, divided
from leitmotif.passages import split_documents

SUBJECTS = {
    "space": "rocket moon orbit launch nasa planet star shuttle",
    "food": "soup bread butter oven recipe salt pepper dough",
    "music": "guitar drum melody concert singer album band chorus",
}
PER_SENTENCE, SENTENCES = 8, 4
WORDS = PER_SENTENCE * SENTENCES


def paragraph(subject: str, rng: np.random.Generator) -> str:
    """Four sentences of eight words on one subject: as long as a passage of 32 words."""
    words = SUBJECTS[subject].split()
    sentences = [" ".join(rng.permutation(words)).capitalize() + "." for _ in range(SENTENCES)]
    return " ".join(sentences)


class Subjects(BaseEmbedder):
    """The share of each subject's words among the first ``reads`` words, and a little of the text's own."""

    reads: int | None = None

    def embed(self, documents, verbose=False):
        rows = np.zeros((len(documents), 4), dtype=np.float32)
        for row, text in enumerate(documents):
            words = [word.strip(".") for word in text.lower().split()][: self.reads]
            for column, known in enumerate(SUBJECTS.values()):
                rows[row, column] = sum(word in known.split() for word in words) / max(len(words), 1)
            rows[row, 3] = 0.01 * (len(text) % 7)
        return rows

    @property
    def max_tokens(self):
        return self.reads

    def count_tokens(self, documents):
        return np.array([2 * len(text.split()) for text in documents])


class ByLargest:
    """The subject with the largest share; -1 where there is none."""

    def fit(self, X, y=None):
        self.labels_ = self.predict(X)
        return self

    def predict(self, X):
        return np.where(X[:, :3].max(axis=1) > 0, X[:, :3].argmax(axis=1), -1)


PLANS = [
    *[("space",)] * 12,
    *[("food",)] * 8,
    *[("music",)] * 5,
    *[("space", "space", "food")] * 6,
    *[("food", "music", "music", "music")] * 4,
    *[("space", "food")] * 3,
]


@pytest.fixture(scope="module")
def docs():
    rng = np.random.default_rng(5)
    return [*("\n\n".join(paragraph(subject, rng) for subject in plan) for plan in PLANS), "", "?"]


def model_of(docs, **options):
    parts = {
        "embedding_model": Subjects(),
        "umap_model": BaseDimensionalityReduction(),
        "hdbscan_model": ByLargest(),
        "chunking": WORDS,
    }
    return BERTopic(**{**parts, **options}).fit(docs)


@pytest.fixture(scope="module")
def fitted(docs):
    return model_of(docs)


def subject_of(model) -> dict[str, int]:
    """Subject -> topic, by the words of the topics."""
    found = {}
    for topic in model.state.inner_ids.tolist():
        words = {word for word, _ in model.get_topic(topic)}
        found |= {name: topic for name, known in SUBJECTS.items() if words <= {*known.split(), ""}}
    return found


def test_a_document_has_the_topic_of_most_of_it(fitted, docs):
    topic = subject_of(fitted)
    assert len(topic) == 3
    lengths = [len(part) for part in docs[31].split("\n\n")]
    for row, plan in enumerate(PLANS):
        counted = {
            name: sum(len(part) for part, own in zip(docs[row].split("\n\n"), plan, strict=True) if own == name)
            for name in plan
        }
        most = max(counted.values())
        expected = min(topic[name] for name, length in counted.items() if length == most)
        assert fitted.topics_[row] == expected
        assert fitted.probabilities_[row] == pytest.approx(most / sum(counted.values()))
    assert fitted.topics_[-2:] == [-1, -1]
    assert fitted.probabilities_[-2:].tolist() == [0, 0]
    assert fitted.probabilities_[31] == pytest.approx(sum(lengths[1:]) / sum(lengths))


def test_every_answer_has_a_row_a_document(fitted, docs):
    n = len(docs)
    info = fitted.get_document_info(docs)
    assert info["Document"].tolist() == docs
    assert info["Topic"].tolist() == fitted.topics_
    sizes = {topic: fitted.topics_.count(topic) for topic in set(fitted.topics_)}
    assert (
        dict(fitted.topic_sizes_)
        == sizes
        == dict(zip(*fitted.get_topic_info()[["Topic", "Count"]].to_numpy().T, strict=True))
    )
    assert dict(zip(*fitted.get_topic_freq()[["Topic", "Count"]].to_numpy().T, strict=True)) == sizes
    distributions, _ = fitted.approximate_distribution(docs)
    assert distributions.shape == (n, 3)
    assert fitted.evaluate(labels=[plan[0] for plan in PLANS] + ["none"] * 2).overall["outlier_fraction"] == 2 / n
    figure = fitted.visualize_documents(docs)
    assert sum(len(trace.x) for trace in figure.data) == n


def test_words_come_from_passages_under_their_own_topics(fitted):
    # In the documents of each subject words of others stand, too; under passages they do not.
    assert set(subject_of(fitted)) == set(SUBJECTS)
    info = fitted.get_passage_info()
    topic = subject_of(fitted)
    assert info["Topic"].tolist()[:-2] == [topic[name] for plan in PLANS for name in plan]
    assert info["Document"].tolist()[:-2] == [row for row, plan in enumerate(PLANS) for _ in plan]
    np.testing.assert_allclose(info.groupby("Document")["Share"].sum(), 1)
    examples = fitted.get_representative_docs()
    for row in info[info["Representative"]].itertuples():
        assert row.Passage in examples[row.Topic]
    assert sum(map(len, examples.values())) == info["Representative"].sum()
    with pytest.raises(InvalidInputError, match="chunking"):
        model_of(["rocket moon", "soup bread"] * 5, chunking=None).get_passage_info()


def test_over_time_and_classes_count_documents(fitted, docs):
    times = [row % 3 for row in range(len(docs))]
    frame = fitted.topics_over_time(docs, times)
    expected = {(time, topic) for time, topic in zip(times, fitted.topics_, strict=True)}
    assert set(zip(frame["Timestamp"], frame["Topic"], strict=True)) == expected
    for row in frame.itertuples():
        assert row.Frequency == sum(
            time == row.Timestamp and topic == row.Topic for time, topic in zip(times, fitted.topics_, strict=True)
        )
        if row.Topic >= 0:
            own = next(name for name, topic in subject_of(fitted).items() if topic == row.Topic)
            assert {*row.Words.split(", ")} <= {*SUBJECTS[own].split()}
    classes = fitted.topics_per_class(docs, times)
    assert classes[["Topic", "Frequency"]].to_numpy().tolist() == frame[["Topic", "Frequency"]].to_numpy().tolist()
    given = fitted.topics_over_time(docs, times, topics=[0] * len(docs))
    assert given["Frequency"].sum() == len(docs)
    tree = fitted.hierarchical_topics(docs)
    assert sorted(tree["Topics"].iloc[0]) == [0, 1, 2]


def test_transform_divides_alike(fitted, docs):
    topics, shares = fitted.transform(docs)
    assert topics == fitted.topics_
    np.testing.assert_array_equal(shares, fitted.probabilities_)
    rng = np.random.default_rng(9)
    parts = [paragraph(name, rng) for name in ("music", "food", "music")]
    new, share = fitted.transform(" ".join(parts))
    assert new == [subject_of(fitted)["music"]]
    assert share[0] == pytest.approx((len(parts[0]) + len(parts[2])) / sum(map(len, parts)))
    divided = split_documents([" ".join(parts)], by="length", max_words=WORDS)
    assert fitted.transform(divided, Subjects().embed(divided.texts))[0] == new
    with pytest.raises(EmbeddingsError, match="split_documents"):
        fitted.transform(docs, np.ones((len(docs), 4)))


def test_probabilities_of_every_topic_are_shares(docs):
    from leitmotif.cluster import HDBSCAN

    clusterer = HDBSCAN(min_cluster_size=5, prediction_data=True)
    model = model_of(docs, calculate_probabilities=True, hdbscan_model=clusterer)
    info = model.get_passage_info()
    n_topics = model.state.n_topics
    assert n_topics > 1
    assert model.probabilities_.shape == (len(docs), n_topics)
    for topic in range(n_topics):
        share = info["Share"].where(info["Topic"] == topic, 0).groupby(info["Document"]).sum()
        np.testing.assert_allclose(model.probabilities_[:, topic], share, atol=1e-12)
    topics, shares = model.transform(docs)
    assert topics == model.topics_
    np.testing.assert_array_equal(shares, model.probabilities_)
    again = model.reduce_outliers(docs, [-1] * len(docs), strategy="probabilities", probabilities=shares)
    inside = model.probabilities_.max(axis=1) > 0
    assert np.array_equal(np.array(again)[inside], model.probabilities_.argmax(axis=1)[inside])


def test_edits_move_passages(docs):
    model = model_of(docs)
    topic = subject_of(model)
    before = np.array(model.topics_)
    model.merge_topics(docs, [topic["food"], topic["music"]])
    united = set(np.array(model.topics_)[: len(PLANS)].tolist())
    assert len(united) == 2
    assert sum(model.topic_sizes_.values()) == len(docs) == len(model.topics_)
    row = len(PLANS) - 5  # food, and three times music: all of it is one topic now
    assert model.probabilities_[row] == pytest.approx(1)
    model.undo()
    assert np.array_equal(model.topics_, before)
    model.delete_topics(topic["music"])
    gone = [row for row, plan in enumerate(PLANS) if set(plan) == {"music"}]
    assert {model.topics_[row] for row in gone} == {-1}
    kept = [row for row, plan in enumerate(PLANS) if plan == ("food", "music", "music", "music")]
    assert {model.topics_[row] for row in kept} == {subject_of(model)["food"]}  # the part that is left decides
    new = model.reduce_outliers(docs, model.topics_, strategy="c-tf-idf")
    assert len(new) == len(docs)
    model.undo()
    model.reduce_topics(docs, nr_topics=2)
    assert set(model.topics_) == {-1, 0}
    at_two = model_of(docs, hdbscan_model=None, chunking=WORDS)
    assert len(at_two.topics_) == len(docs)


def test_topics_given_by_hand_are_those_of_the_documents(docs):
    model = model_of(docs)
    topic = subject_of(model)
    wanted = list(model.topics_)
    mixed = len(PLANS) - 5
    wanted[0], wanted[mixed], wanted[-1] = topic["food"], topic["space"], topic["music"]
    model.update_topics(docs, topics=wanted)
    assert model.topics_ == wanted
    info = model.get_passage_info()
    passages = info[info["Document"] == mixed]["Topic"].tolist()
    assert passages == [topic["food"], *[topic["space"]] * 3]  # those of the old topic alone
    model.topics_ = [topic["space"]] * len(docs)
    assert set(model.topics_) == {topic["space"]}
    with pytest.raises(InvalidInputError, match="set topics_"):
        model.probabilities_ = np.ones(len(docs))
    with pytest.raises(InvalidInputError, match="same documents"):
        model.update_topics(docs[1:])
    with pytest.raises(InvalidInputError, match="shorter than its passages"):
        model.update_topics([text[:5] for text in docs])


def test_saved_and_read(fitted, docs, tmp_path):
    for kept in ("none", "representative", "all"):
        fitted.save(tmp_path / kept, include_docs=kept, save_embedding_model=False)
        files = b"".join(path.read_bytes() for path in (tmp_path / kept).iterdir())
        assert (docs[30][:60].encode() in files) is False or kept != "none"
        read = BERTopic.load(tmp_path / kept, embedding_model=Subjects())
        read.hdbscan_model, read.umap_model = ByLargest(), BaseDimensionalityReduction()
        assert read.chunking == WORDS
        assert read.topics_ == fitted.topics_
        assert dict(read.topic_sizes_) == dict(fitted.topic_sizes_)
        assert read.transform(docs)[0] == fitted.topics_
        assert read.get_document_info(docs)["Topic"].tolist() == fitted.topics_
        assert read.get_passage_info(docs).equals(fitted.get_passage_info())
        read.merge_topics(docs, [0, 1])
        assert len(read.topics_) == len(docs)
    assert read.get_passage_info()["Passage"].tolist() == list(fitted.state.documents)


def test_passages_of_ones_own(docs):
    paragraphs = split_documents(docs, by="paragraph")
    vectors = Subjects().embed(paragraphs.texts)
    model = model_of(docs, chunking=None)
    topics, _ = model.fit_transform(paragraphs, vectors)
    assert len(topics) == len(docs)
    assert model.get_passage_info()["Passage"].tolist() == paragraphs.texts
    assert model.transform(docs)[0] == topics
    with pytest.raises(EmbeddingsError, match="rows"):
        model.fit(paragraphs, vectors[:-1])
    manual = model.fit(paragraphs, vectors, y=[0] * len(docs))
    assert len(manual.topics_) == len(docs)


def test_errors_say_what_to_do(docs):
    with pytest.raises(EmbeddingsError, match="split_documents"):
        BERTopic(chunking="auto").fit(docs, np.ones((len(docs), 4)))
    for wrong in (0, "paragraphs", 1.5, True):
        with pytest.raises(InvalidInputError, match="chunking must be"):
            BERTopic(chunking=wrong).fit(docs)
    with pytest.raises(InvalidInputError, match="partial_fit does not divide"):
        BERTopic(chunking="auto").partial_fit(docs)


def test_auto_divides_by_what_the_embedder_reads():
    text = " ".join(["word"] * 9 + ["word."]) + " "
    reads_all, reads_little = Subjects(), Subjects()
    reads_little.reads = 60  # tokens, of which it counts two a word
    passages = divided([text * 40, text], "auto", reads_all, None)
    assert max(len(piece.split()) for piece in passages.texts) <= PASSAGE_WORDS
    passages = divided([text * 40, text], "auto", reads_little, None)
    assert max(len(piece.split()) for piece in passages.texts) in range(20, 31)
    assert passages.texts[-1] == text.strip()
    assert divided([text], None, reads_all, None) is None


def test_what_is_not_read_is_told(caplog):
    embedder = Subjects()
    embedder.reads = 20
    with caplog.at_level(logging.WARNING):
        embed(embedder, ["rocket " * 10, "moon", "soup " * 11, "bread " * 50], None, False)
    assert [record.getMessage().split(" are")[0] for record in caplog.records] == ["2 of 4 documents"]
    assert 'chunking="auto"' in caplog.text
    caplog.clear()
    embedder.reads = None
    embed(embedder, ["rocket " * 1000], None, False)
    assert not caplog.records


def test_on_the_command_line(docs, tmp_path):
    import json

    import pyarrow.parquet as parquet
    from typer.testing import CliRunner

    from leitmotif.cli.app import app

    file = tmp_path / "docs.jsonl"
    file.write_text("\n".join(json.dumps({"text": text or "none"}) for text in docs * 3), encoding="utf-8")
    command = ["fit", str(file), "--chunking", str(WORDS), "--out", str(tmp_path / "out"), "--quiet"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    table = parquet.read_table(tmp_path / "out" / "documents.parquet").to_pydict()
    assert len(table["topic"]) == len(table["x"]) == 3 * len(docs)
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000
    read = BERTopic.load(tmp_path / "out" / "model")
    assert read.topics_ == table["topic"] and read.chunking == WORDS
    assert CliRunner().invoke(app, ["fit", str(file), "--chunking", "some"]).exit_code == 2
