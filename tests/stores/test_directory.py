from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.stores import is_model, read_model, write_model

from .conftest import SETTINGS, assert_same, assert_same_state, make_state, without_texts

PLAIN = {name: value for name, value in SETTINGS.items() if not name.endswith("_model")}


@pytest.mark.parametrize("serialization", ["safetensors", "pytorch"])
@pytest.mark.parametrize("save_ctfidf", [False, True])
@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_everything_comes_back(
    tmp_path: Path, state: TopicState, components: Components, serialization: Any, save_ctfidf: bool, name: str
) -> None:
    path = tmp_path / name
    write_model(
        path, state, SETTINGS, components, serialization=serialization, save_ctfidf=save_ctfidf, include_docs="all"
    )
    saved = read_model(path)
    assert saved.written_by == "leitmotif"
    assert_same_state(state, saved.state)
    assert_same(PLAIN, dict(saved.settings))
    assert saved.defaults >= {"embedding_model", "umap_model"}
    assert saved.embedder.kind == "default"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_state_comes_back(tmp_path: Path, components: Components, data: st.DataObject) -> None:
    whole = make_state(
        data.draw(st.integers(0, 1000)),
        n_documents=data.draw(st.integers(8, 40)),
        n_topics=data.draw(st.integers(1, 6)),
        outliers=data.draw(st.booleans()),
    )
    changes: dict[str, Any] = {
        "probabilities": whole.probabilities[:, 0],
        "topic_embeddings": whole.topic_embeddings.astype(np.float32),
        "custom_labels": None,
        "zeroshot_names": {},
        "aspects": {},
        "embeddings": None,
        "fingerprints": None,
        "extras": {},
        "base_words": {},
        "representative_rows": {},
    }
    none = ["probabilities", "document_terms", "topic_embeddings", "documents", "reduced_embeddings"]
    changed = data.draw(st.sets(st.sampled_from(sorted(changes))))
    absent = data.draw(st.sets(st.sampled_from(none)))
    state = replace(whole, **{name: changes[name] for name in changed}, **dict.fromkeys(absent - changed))
    if "document_terms" in absent:
        state = replace(state, vocabulary=replace(state.vocabulary, columns=None))
    elif data.draw(st.booleans()):  # a vectorizer that forgets counts them in fractions
        counts = whole.document_terms
        state = replace(state, document_terms=replace(counts, matrix=counts.matrix.astype(np.float64) * 0.3))
    if data.draw(st.booleans()):
        state = replace(state, ctfidf=None, vocabulary=None)
    path = tmp_path / "model"
    write_model(path, state, SETTINGS, components, include_docs="all", save_ctfidf=data.draw(st.booleans()))
    assert_same_state(state, read_model(path).state)


def test_texts_stay_out_unless_asked_for(tmp_path: Path, state: TopicState, components: Components) -> None:
    path = tmp_path / "model"
    write_model(path, state, SETTINGS, components)
    assert_same_state(without_texts(state), read_model(path).state)
    write_model(path, state, SETTINGS, components, include_docs="none")
    saved = read_model(path).state
    assert saved.representative_docs == {}
    assert saved.representative_rows.keys() == state.representative_rows.keys()
    everything = b"".join(file.read_bytes() for file in path.iterdir())
    assert b"Document 1" not in everything
    write_model(path, state, SETTINGS, components, include_counts=True, include_embeddings=True)
    assert_same_state(replace(state, documents=None), read_model(path).state)


def test_the_same_model_gives_the_same_bytes(tmp_path: Path, state: TopicState, components: Components) -> None:
    for name in ("a", "b"):
        write_model(tmp_path / name, state, SETTINGS, components, save_ctfidf=True, include_docs="all")
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("a", "b"))
    assert [file.name for file in first] == [file.name for file in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))


def test_ctfidf_is_written_once(tmp_path: Path, state: TopicState, components: Components) -> None:
    write_model(tmp_path / "m", state, SETTINGS, components, save_ctfidf=True)
    needle = state.ctfidf.data.tobytes()
    holding = [file.name for file in (tmp_path / "m").iterdir() if needle in file.read_bytes()]
    assert holding == ["ctfidf.safetensors"]


def test_mapped_arrays_are_equal_and_read_only(tmp_path: Path, state: TopicState, components: Components) -> None:
    write_model(tmp_path / "m", state, SETTINGS, components)
    saved = read_model(tmp_path / "m", mapped=True).state
    assert_same_state(without_texts(state), saved)
    assert not saved.topic_embeddings.flags.writeable
    assert read_model(tmp_path / "m").state.topic_embeddings.flags.writeable


def test_fitted_estimators_of_numbers_answer_as_before(
    tmp_path: Path, state: TopicState, components: Components
) -> None:
    from leitmotif.stores import sub_models

    write_model(tmp_path / "m", state, SETTINGS, components)
    parts = sub_models(read_model(tmp_path / "m"))
    points = np.random.default_rng(1).normal(size=(20, 6)).astype(np.float32)
    reduced = components.reducer.transform(points)
    np.testing.assert_array_equal(parts["umap_model"].transform(points), reduced)
    np.testing.assert_array_equal(parts["hdbscan_model"].predict(reduced), components.clusterer.predict(reduced))
    assert type(parts["vectorizer_model"]).__module__.startswith("leitmotif.")
    assert parts["vectorizer_model"].get_feature_names_out().tolist() == state.vocabulary.terms.tolist()
    assert parts["vectorizer_model"].ngram_range == (1, 2)
    assert parts["vectorizer_model"].stop_words == ["the"]
    assert parts["ctfidf_model"].reduce_frequent_words is True
    assert parts["ctfidf_model"].seed_words == ["x"]
    np.testing.assert_array_equal(parts["ctfidf_model"]._idf_diag.diagonal(), state.vocabulary.idf)
    assert parts["embedding_model"] is None
    assert parts["representation_model"] is None


def test_another_release_of_scikit_learn_is_named(
    tmp_path: Path, state: TopicState, components: Components, caplog: pytest.LogCaptureFixture
) -> None:
    from leitmotif.stores import sub_models

    write_model(tmp_path / "m", state, SETTINGS, components)
    saved = read_model(tmp_path / "m")
    sub_models(saved)
    assert "scikit-learn" not in caplog.text
    sub_models(replace(saved, manifest={"written_by": {"scikit-learn": "0.24.1"}}))
    assert "scikit-learn 0.24.1" in caplog.text


def test_without_what_they_learned_they_come_as_before_the_fit(
    tmp_path: Path, state: TopicState, components: Components, caplog: pytest.LogCaptureFixture
) -> None:
    from leitmotif.stores import sub_models
    from leitmotif.stores.restoring import answers_by_similarity

    unknown = replace(components, clusterer=type("Mine", (), {"fit": None})())
    write_model(tmp_path / "m", state, SETTINGS | {"umap_model": components.reducer}, unknown)
    assert "most similar" in caplog.text
    write_model(tmp_path / "n", state, SETTINGS | {"umap_model": components.reducer}, components, include_fitted=False)
    write_model(tmp_path / "o", state, SETTINGS | {"umap_model": None}, components, include_fitted=False)
    kinds = {"m": ("PCA", "BaseCluster"), "n": ("PCA", "KMeans"), "o": ("BaseDimensionalityReduction", "KMeans")}
    for path, expected in kinds.items():
        saved = read_model(tmp_path / path)
        assert answers_by_similarity(saved)
        parts = sub_models(saved)
        reducer, clusterer = parts["umap_model"], parts["hdbscan_model"]
        assert (type(reducer).__name__, type(clusterer).__name__) == expected
        assert not hasattr(reducer, "components_")
        assert not hasattr(clusterer, "cluster_centers_")


class Tokens:
    def __call__(self, text: str) -> list[str]:
        return text.split()


def test_functions_are_left_out_with_a_word(
    tmp_path: Path, state: TopicState, components: Components, caplog: pytest.LogCaptureFixture
) -> None:
    from leitmotif.stores import sub_models
    from leitmotif.vectorizers import CountVectorizer

    vectorizer = CountVectorizer(tokenizer=Tokens(), lowercase=False)
    write_model(tmp_path / "m", state, SETTINGS, replace(components, vectorizer=vectorizer))
    found = sub_models(read_model(tmp_path / "m"))["vectorizer_model"]
    assert "tokenizer" in caplog.text
    assert found.tokenizer is None
    assert found.lowercase is False


def test_representation_models_of_ours_come_back(tmp_path: Path, state: TopicState, components: Components) -> None:
    from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance
    from leitmotif.stores import sub_models

    chain = [KeyBERTInspired(nr_repr_docs=3), MaximalMarginalRelevance(diversity=0.4)]
    components = replace(components, main=chain, aspects={"MMR": chain[1:], "None": []})
    write_model(tmp_path / "m", state, SETTINGS, components)
    found = sub_models(read_model(tmp_path / "m"))["representation_model"]
    assert [type(link) for link in found["Main"]] == [KeyBERTInspired, MaximalMarginalRelevance]
    assert found["Main"][0].nr_repr_docs == 3
    assert found["MMR"].diversity == 0.4
    assert found["None"] is None


def test_a_representation_model_that_cannot_be_made_here_does_not_stop_a_load(
    tmp_path: Path, state: TopicState, components: Components, caplog: pytest.LogCaptureFixture
) -> None:
    from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance
    from leitmotif.stores import Part, sub_models

    write_model(tmp_path / "m", state, SETTINGS, replace(components, main=[MaximalMarginalRelevance(diversity=0.4)]))
    saved = read_model(tmp_path / "m")
    broken = Part(path="leitmotif.representation.KeyBERTInspired", params={"no_such": 1})
    parts = replace(saved.parts, main=(broken, *saved.parts.main))
    assert type(sub_models(replace(saved, parts=parts))["representation_model"]) is MaximalMarginalRelevance
    assert KeyBERTInspired.__name__ in caplog.text


@pytest.mark.parametrize(
    ("given", "save", "kind", "name"),
    [
        ("all-MiniLM-L6-v2", True, "name", "all-MiniLM-L6-v2"),
        ("all-MiniLM-L6-v2", False, "none", None),
        ("embedded", True, "name", "embedded"),
        (object(), "sentence-transformers/x", "name", "sentence-transformers/x"),
        (object(), True, "none", "builtins.object"),
        (None, True, "default", None),
    ],
)
def test_the_embedding_model_is_kept_by_name(
    tmp_path: Path, state: TopicState, components: Components, given: Any, save: Any, kind: str, name: str | None
) -> None:
    path = tmp_path / "m"
    write_model(path, state, SETTINGS | {"embedding_model": given}, components, save_embedding_model=save)
    note = read_model(path).embedder
    assert (note.kind, note.name) == (kind, name)
    config = json.loads((path / "config.json").read_text())
    assert config.get("embedding_model") == (name if kind == "name" and name != "embedded" else None)
    assert "random_state" not in config


@pytest.mark.parametrize("options", [{"serialization": "typo"}, {"include_docs": "some"}])
def test_unknown_options_are_named(
    tmp_path: Path, state: TopicState, components: Components, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError, match=r"typo|some"):
        write_model(tmp_path / "m", state, SETTINGS, components, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_contradicts_itself_is_not_written(
    tmp_path: Path, state: TopicState, components: Components
) -> None:
    write_model(tmp_path / "m", state, SETTINGS, components)
    vectors = state.topic_embeddings.copy()
    vectors[0, 0] = np.nan
    broken_states = [
        replace(state, topic_embeddings=vectors),
        replace(state, sizes=state.sizes[1:]),
        replace(state, aspects={"POS": {0: [("word", float("nan"))]}}),
    ]
    for broken in broken_states:
        with pytest.raises(ModelFileError):
            write_model(tmp_path / "m", broken, SETTINGS, components)
    assert_same_state(without_texts(state), read_model(tmp_path / "m").state)


# -- places -----------------------------------------------------------------------------------------


def test_files_of_others_are_neither_lost_nor_in_the_way(
    tmp_path: Path, state: TopicState, components: Components
) -> None:
    path = tmp_path / "deep" / "model"
    write_model(path, state, SETTINGS, components, save_ctfidf=True)
    (path / "README.md").write_text("mine")
    (path / ".git").mkdir()
    (path / ".git" / "HEAD").write_text("ref")
    (path / "link").symlink_to("README.md")
    other = make_state(5, n_topics=2)
    write_model(path, other, SETTINGS, components, serialization="pytorch")
    assert (path / "README.md").read_text() == "mine"
    assert (path / ".git" / "HEAD").read_text() == "ref"
    assert (path / "link").read_text() == "mine"
    assert not (path / "ctfidf.safetensors").exists()
    assert_same_state(without_texts(other), read_model(path).state)
    assert [entry.name for entry in path.parent.iterdir()] == ["model"]


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path, state: TopicState, components: Components) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ModelFileError, match=r"thesis\.txt"):
        write_model(tmp_path, state, SETTINGS, components)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelFileError, match="is a file"):
        write_model(tmp_path / "file", state, SETTINGS, components)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    write_model(tmp_path / "empty", state, SETTINGS, components)
    assert is_model(tmp_path / "empty")
    assert not is_model(tmp_path)


def test_a_link_to_a_model_stays_a_link(tmp_path: Path, state: TopicState, components: Components) -> None:
    write_model(tmp_path / "v1", state, SETTINGS, components)
    (tmp_path / "current").symlink_to("v1")
    other = make_state(5, n_topics=2)
    write_model(tmp_path / "current", other, SETTINGS, components)
    assert (tmp_path / "current").is_symlink()
    assert_same_state(without_texts(other), read_model(tmp_path / "v1").state)


def test_sums_are_those_of_the_usual_tool(tmp_path: Path, state: TopicState, components: Components) -> None:
    write_model(tmp_path / "m", state, SETTINGS, components, save_ctfidf=True, include_docs="all")
    lines = (tmp_path / "m" / "SHA256SUMS").read_text().splitlines()
    named = dict(reversed(line.split("  ")) for line in lines)
    assert named.keys() == {file.name for file in (tmp_path / "m").iterdir()} - {"SHA256SUMS"}
    for name, digest in named.items():
        assert hashlib.sha256((tmp_path / "m" / name).read_bytes()).hexdigest() == digest


def test_a_zip_made_by_hand_is_read(tmp_path: Path, state: TopicState, components: Components) -> None:
    write_model(tmp_path / "m", state, SETTINGS, components)
    shutil.make_archive(str(tmp_path / "flat"), "zip", tmp_path / "m")
    shutil.make_archive(str(tmp_path / "nested"), "zip", tmp_path, "m")
    for name in ("flat.zip", "nested.zip"):
        assert zipfile.ZipFile(tmp_path / name).infolist()[-1].compress_type == zipfile.ZIP_DEFLATED
        assert_same_state(without_texts(state), read_model(tmp_path / name).state)


def test_a_later_format_says_what_to_do(tmp_path: Path, state: TopicState, components: Components) -> None:
    path = tmp_path / "m"
    write_model(path, state, SETTINGS, components)
    text = (path / "leitmotif.json").read_bytes()
    old = hashlib.sha256(text).hexdigest()
    body = json.loads(text) | {"version": 99}
    (path / "leitmotif.json").write_text(json.dumps(body))
    new = hashlib.sha256((path / "leitmotif.json").read_bytes()).hexdigest()
    (path / "SHA256SUMS").write_text((path / "SHA256SUMS").read_text().replace(old, new))
    with pytest.raises(ModelFileError, match="upgrade leitmotif"):
        read_model(path)


def test_pictures_of_topics_come_back(tmp_path: Path, state: TopicState, components: Components) -> None:
    image = pytest.importorskip("PIL.Image")
    pictures = {int(topic): image.new("RGB", (8, 6), (10 * r, 0, 200)) for r, topic in enumerate(state.topic_ids)}
    state = replace(state, aspects={**state.aspects, "Visual_Aspect": pictures})
    write_model(tmp_path / "m", state, SETTINGS, components)
    found = read_model(tmp_path / "m").state.aspects["Visual_Aspect"]
    assert found.keys() == pictures.keys()
    assert all(found[topic].size == (8, 6) for topic in found)
    (tmp_path / "m" / "SHA256SUMS").unlink()
    (tmp_path / "m" / "leitmotif.json").unlink()
    (tmp_path / "m" / "leitmotif.safetensors").unlink()
    assert read_model(tmp_path / "m").state.aspects["Visual_Aspect"].keys() == pictures.keys()


def test_embeddings_that_nobody_reduced_stay_out_too(tmp_path: Path, state: TopicState, components: Components) -> None:
    same = replace(state, reduced_embeddings=state.embeddings.copy())
    write_model(tmp_path / "m", same, SETTINGS, components)
    assert read_model(tmp_path / "m").state.reduced_embeddings is None
    write_model(tmp_path / "m", same, SETTINGS, components, include_embeddings=True)
    np.testing.assert_array_equal(read_model(tmp_path / "m").state.reduced_embeddings, state.embeddings)
