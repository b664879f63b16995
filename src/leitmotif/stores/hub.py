"""Models on the Hugging Face Hub (extra ``hub``). What exists on this machine never touches the network."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from leitmotif._lazy import install_hint
from leitmotif.errors import MissingDependencyError, ModelFileError
from leitmotif.stores.card import model_card as card_text
from leitmotif.stores.directory import OWN, write_model
from leitmotif.stores.replacing import set_aside
from leitmotif.stores.restoring import components_of

__all__ = ["locate", "push_to_hf_hub"]


def locate(path: str | os.PathLike[str], *, revision: str | None = None, token: str | None = None) -> Path:
    """The path itself where it exists on this machine, else the model ``user/model`` fetched from the Hub.

    A name is only taken for the Hub's if it is of the form ``user/model`` and there is no local directory ``user``.

    Raises
    ------
    ModelFileError
        Nothing is there, or the Hub does not have it.
    MissingDependencyError
        It would be the Hub's, and ``huggingface_hub`` is not installed.
    """
    local = Path(path)
    if os.path.lexists(local) or set_aside(local).is_dir():
        return local
    name = os.fspath(path)
    if not isinstance(path, str) or not re.fullmatch(r"\w[\w.-]*/[\w.-]+", name) or Path(name.split("/")[0]).exists():
        raise ModelFileError(f"{path} does not exist: pass the directory that save() wrote, or user/model of the Hub")
    hub = _hub(f"{name} does not exist on this machine; fetching it from the Hub")
    try:
        folder = hub.snapshot_download(
            name, revision=revision, token=token, allow_patterns=[*sorted(OWN - {"images"}), "images/*.jpg"]
        )
    except (OSError, ValueError, hub.errors.HfHubHTTPError) as error:
        raise ModelFileError(f"{name} exists neither on this machine nor on the Hub: {_first_line(error)}") from error
    return Path(folder)


def push_to_hf_hub(
    model: Any,
    repo_id: str,
    commit_message: str = "Add leitmotif model",
    token: str | None = None,
    revision: str | None = None,
    private: bool = False,
    create_pr: bool = False,
    model_card: bool = True,
    serialization: Literal["safetensors", "pytorch"] = "safetensors",
    save_embedding_model: bool | str = True,
    save_ctfidf: bool = False,
    *,
    include_docs: Literal["none", "representative"] = "none",
    include_fitted: bool = False,
    quality: Mapping[str, float] | None = None,
) -> Any:
    """Upload a model, with a card that says what is in it.

    Parameters
    ----------
    model : fitted model
        With ``state``, ``components`` and ``get_params()``.
    repo_id : str
        ``user/model``; made if it does not exist.
    commit_message, token, revision, private, create_pr
        Passed to ``huggingface_hub``.
    model_card : bool
        Write a README.md if the repository has none.
    serialization, save_embedding_model, save_ctfidf
        See :func:`leitmotif.stores.write_model`.
    include_docs : {"none", "representative"}
        Texts are only published when asked for: the default here is "none".
    include_fitted : bool
        Publish what reducer and clusterer have learned, and the documents' coordinates. UMAP's part holds an embedding of every
        document, from which much of a text can be guessed, and is most of the bytes: hence only when asked for. Without,
        ``transform`` of the published model compares with the topics' embeddings, as that of BERTopic's published models does.
    quality : mapping of str to float, optional
        Measured values for the card.

    Returns
    -------
    object
        What ``huggingface_hub`` says of the upload.

    Raises
    ------
    MissingDependencyError
        ``huggingface_hub`` is not installed.
    """
    hub = _hub("push_to_hf_hub")
    api = hub.HfApi(token=token)
    repo_id = str(api.create_repo(repo_id, private=private, exist_ok=True).repo_id)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model"
        write_model(
            place,
            model.state if include_fitted else _without_fitted(model.state),
            model.get_params(),
            components_of(model),
            serialization=serialization,
            save_embedding_model=save_embedding_model,
            save_ctfidf=save_ctfidf,
            include_docs=include_docs,
            include_fitted=include_fitted,
        )
        if model_card and not api.file_exists(repo_id, "README.md", revision=revision):
            text = card_text(model.state, model.get_params(), repo_id, quality=quality)
            (place / "README.md").write_text(text, encoding="utf-8")
        return api.upload_folder(
            repo_id=repo_id,
            folder_path=place,
            commit_message=commit_message,
            revision=revision,
            create_pr=create_pr,
        )


def _without_fitted(state: Any) -> Any:
    """A state without what only serves reducer and clusterer: coordinates, and how embeddings are adapted for them."""
    extras = {name: value for name, value in state.extras.items() if name != "adaptation"}
    return replace(state, reduced_embeddings=None, extras=extras)


def _hub(what: str) -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingDependencyError(install_hint(what, "huggingface_hub")) from error
    return huggingface_hub


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
