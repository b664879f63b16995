"""The card of a model: what is in it, for people, with the Hub's header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leitmotif.state import TopicState
from leitmotif.stores.native import versions

__all__ = ["model_card"]


def model_card(
    state: TopicState, settings: Mapping[str, Any], repo_id: str, *, quality: Mapping[str, float] | None = None
) -> str:
    """A README in Markdown: how to load the model, its topics, parameters and versions, and measured quality.

    Parameters
    ----------
    state : TopicState
    settings : mapping
        The constructor's parameters.
    repo_id : str
        ``user/model``.
    quality : mapping of str to float, optional
        Measured values, such as coherence and diversity.
    """
    state = state.by_document
    sections = [
        "---\ntags:\n- bertopic\n- leitmotif\nlibrary_name: bertopic\npipeline_tag: text-classification\n---",
        f"# {repo_id.split('/')[-1]}",
        "A topic model made with leitmotif. BERTopic reads it too.",
        f'```python\nfrom leitmotif import BERTopic\n\nmodel = BERTopic.load("{repo_id}")\nmodel.get_topic_info()\n```',
        f"## Topics\n\n{state.n_topics} topics of {state.n_documents} documents.\n\n" + _topics(state),
    ]
    if quality:
        rows = [[name, f"{value:.4f}"] for name, value in quality.items()]
        sections.append("## Measured\n\n" + _table(["Measure", "Value"], rows))
    shown = {name: value for name, value in sorted(settings.items()) if _is_short(value)}
    sections.append("## Parameters\n\n" + "\n".join(f"- {name}: {value!r}" for name, value in shown.items()))
    sections.append("## Versions\n\n" + "\n".join(f"- {name}: {number}" for name, number in versions().items()))
    return "\n\n".join(sections) + "\n"


def _topics(state: TopicState) -> str:
    labels = state.custom_labels or {}
    rows = []
    for topic, size in zip(state.topic_ids.tolist(), state.sizes.tolist(), strict=True):
        words = " - ".join(word for word, _ in state.words.get(topic, [])[:5] if word)
        rows.append([str(topic), words, str(size), labels.get(topic) or state.name(topic)])
    return _table(["Topic", "Words", "Documents", "Label"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _is_short(value: Any) -> bool:
    plain = (bool, int, float, str, tuple, list, type(None))
    return isinstance(value, plain) and len(repr(value)) <= 200
