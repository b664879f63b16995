"""The estimator as scikit-learn and notebooks see it: its parameters, and how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from leitmotif._lazy import LazyValues
from leitmotif.estimator import Estimator, nested_params

if TYPE_CHECKING:
    from leitmotif.state import TopicState

__all__ = ["Parameters"]


class Parameters(Estimator):
    """Parameters of a constructor, some of which are components that are made when they are asked for."""

    _takes = ("string",)
    _PARTS: ClassVar[tuple[str, ...]] = (
        "embedding_model",
        "umap_model",
        "hdbscan_model",
        "vectorizer_model",
        "ctfidf_model",
        "representation_model",
    )

    _given: LazyValues
    _made: LazyValues
    _state: TopicState | None

    def get_params(self, deep: bool = False) -> dict[str, Any]:
        """Parameters of the constructor and their values, as in scikit-learn.

        A part that was not given is None; with ``deep`` the parameters of the default in its place are listed too.
        """
        values = {
            name: self._given[name] if name in self._PARTS else getattr(self, name) for name in self._get_param_names()
        }
        if deep:
            for name in self._PARTS:
                values |= nested_params(name, values[name] if name == "embedding_model" else getattr(self, name))
        return values

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the constructor, or of a component as ``component__parameter``.

        Raises
        ------
        InvalidInputError
            A parameter that does not exist.
        """
        super().set_params(**params)
        if self._state is None:  # the parts of a fitted model are fitted: they stay until the next fit
            self._made.clear()
        return self

    def __repr__(self) -> str:
        shown = []
        for name, value in self.get_params().items():
            text = f"{type(value).__name__}(...)" if name in self._PARTS and value is not None else repr(value)
            shown.append(f"{name}={text}")
        return f"BERTopic({', '.join(shown)})"

    def __sklearn_is_fitted__(self) -> bool:
        return self._state is not None

    def _repr_html_(self) -> str:
        """What a notebook shows: the parameters that were set, and of a fitted model the topics; every text escaped."""
        from html import escape

        head = f'<pre style="white-space: pre-wrap">{escape(repr(self))}</pre>'
        if self._state is None:
            return head
        state = self._state.by_document
        shown = state.topic_ids[:51].tolist()
        rows = "".join(
            f"<tr><td>{topic}</td><td>{int(size):,}</td><td>{escape(state.names[topic])}</td>"
            f"<td>{escape(', '.join(word for word, _ in state.words.get(topic, []) if word))}</td></tr>"
            for topic, size in zip(shown, state.sizes.tolist(), strict=False)
        )
        more = (
            f"<p>… and {len(state.topic_ids) - len(shown)} more topics</p>" if len(state.topic_ids) > len(shown) else ""
        )
        columns = "".join(f"<th>{name}</th>" for name in ("Topic", "Count", "Name", "Words"))
        return f"{head}<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>{more}"
