from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.stores import load, read_pickle, save, write_pickle


@pytest.mark.parametrize("allowed", [False, None, 1, "True"])
def test_only_the_word_true_allows_a_pickle(tmp_path: Path, allowed: Any) -> None:
    with pytest.raises(InvalidInputError, match="allow_pickle=True"):
        write_pickle(tmp_path / "m", {}, allow_pickle=allowed)
    assert list(tmp_path.iterdir()) == []
    write_pickle(tmp_path / "m", {"a": 1}, allow_pickle=True)
    with pytest.raises(InvalidInputError, match="allow_pickle=True"):
        read_pickle(tmp_path / "m", allow_pickle=allowed)
    assert read_pickle(tmp_path / "m", allow_pickle=True) == {"a": 1}


def test_what_cannot_be_pickled_leaves_the_old_file(tmp_path: Path) -> None:
    write_pickle(tmp_path / "m", [1], allow_pickle=True)
    with pytest.raises(ModelFileError, match="cannot be pickled"):
        write_pickle(tmp_path / "m", lambda: None, allow_pickle=True)
    assert read_pickle(tmp_path / "m", allow_pickle=True) == [1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["m"]


def test_damaged_and_missing_pickles_say_so(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"\x80\x04cno_such_module\nThing\n.")
    for name in ("m", "none"):
        with pytest.raises(ModelFileError, match=name):
            read_pickle(tmp_path / name, allow_pickle=True)


def test_an_estimator_goes_through_and_something_else_is_named(tmp_path: Path) -> None:
    save([1, 2], tmp_path / "m", serialization="pickle", allow_pickle=True)
    assert load(list, tmp_path / "m", allow_pickle=True) == [1, 2]
    with pytest.raises(ModelFileError, match=r"holds a builtins\.list"):
        load(dict, tmp_path / "m", allow_pickle=True)
    with pytest.raises(InvalidInputError, match="typo"):
        save([1], tmp_path / "m", serialization="typo")  # type: ignore[arg-type]
