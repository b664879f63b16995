"""Edits of the estimator: how one becomes its state, is entered in the history, taken back and done again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Self

from leitmotif._lazy import LazyValues
from leitmotif.console import show_progress
from leitmotif.errors import InvalidInputError
from leitmotif.history import Edit, History, summarised
from leitmotif.state import TopicState
from leitmotif.validation import check_fitted

__all__ = ["Editing", "in_place"]


def in_place(operation: Callable[..., TopicState], *, returns_self: bool = False) -> Callable[..., Any]:
    """A method that runs an edit on the estimator, makes its result the estimator's state, and enters it in the history.

    The state changes only after the edit has succeeded: an error, or Ctrl-C, leaves the model as it was.
    """

    @functools.wraps(operation)
    def edit(self: Editing, *args: Any, **kwargs: Any) -> Editing | None:
        with (
            self._showing_progress(),
            self._recording(operation.__name__, summarised(operation, (self, *args), kwargs)),
        ):
            self._adopt(operation(self, *args, **kwargs))
        return self if returns_self else None

    return edit


class Editing:
    """Undo, redo and the history, for an estimator that holds its edits in ``_log`` and makes a state its own by ``_adopt``.

    It stands before ``LearnedAttributes`` among the bases, so that assigning an attribute is an edit too.
    """

    _DESCRIBING: ClassVar[tuple[str, ...]] = ("vectorizer_model", "ctfidf_model", "representation_model")
    """The components that make words: those that an edit may exchange."""

    verbose: bool

    _given: LazyValues
    _made: LazyValues
    _state: TopicState | None
    _at_fit: dict[str, tuple[Any, Any]] | None
    _log: LazyValues
    _is_recording: bool
    _adopt: Any

    def undo(self, steps: int = 1) -> Self:
        """Take back the last edit: state, words and the components that it changed are those from before, bit for bit.

        Merging, reducing, deleting and relabelling topics, assigning outliers, updating words and assigning attributes are
        edits. A fit, and each ``partial_fit``, begins a new history. See :meth:`history`.

        Parameters
        ----------
        steps : int
            So many edits, the latest first.

        Raises
        ------
        InvalidInputError
            There are not so many edits to take back.
        """
        return self._go(-steps)

    def redo(self, steps: int = 1) -> Self:
        """Do again what :meth:`undo` took back. A new edit forgets what was undone.

        Parameters
        ----------
        steps : int

        Raises
        ------
        InvalidInputError
            Not so many edits were undone.
        """
        return self._go(steps)

    def history(self, *, keep: int | None = None) -> list[dict[str, Any]]:
        """The edits since the fit, oldest first; those that were undone stand at the end.

        Parameters
        ----------
        keep : int, optional
            Keep only so many edits from now on (20 unless told otherwise; 0: none) and forget the oldest. The oldest are also
            forgotten when what only the history holds is more than 1 GiB.

        Returns
        -------
        list of dict
            ``edit`` (the method, or ``"<attribute> ="``), ``arguments`` (plain values; of texts and arrays only the number),
            ``topics`` and ``outliers`` (number before, number after), ``done`` (False: undone).
        """
        check_fitted(self._state)
        if keep is not None:
            if keep < 0:
                raise InvalidInputError(f"keep is {keep}: pass the number of edits to keep, or 0 for none")
            self._history = self._history.within(int(keep))
        return self._history.steps()

    @property
    def _history(self) -> History:
        edits: History = self._log["edits"]  # those of a file are read when somebody asks
        return edits

    @_history.setter
    def _history(self, history: History) -> None:
        self._log["edits"] = history

    def _assign(self, name: str, state: TopicState) -> None:
        """Make a state the model's, because an attribute was assigned, and enter it as an edit."""
        with self._recording(f"{name} =", {}):
            self._state = state

    @contextmanager
    def _recording(self, verb: str, arguments: Mapping[str, Any]) -> Iterator[None]:
        """Enter in the history what happens inside, as one edit; what an edit does inside another belongs to that."""
        before = self._state
        if before is None or self._is_recording:
            yield
            return
        held = self._changeable()
        self._is_recording = True
        try:
            yield
        finally:
            self._is_recording = False
        after = self._state
        if after is None or after is before:
            return
        changed = {name: (held[name], now) for name, now in self._changeable().items() if now is not held[name]}
        edit = Edit(verb=verb, arguments=arguments, before=before, after=after, changed=changed)
        self._history = self._history.added(edit)

    def _changeable(self) -> dict[str, Any]:
        """Beside the state, what an edit may change."""
        held = {name: getattr(self, name) for name in ("n_gram_range", "nr_topics", "top_n_words")}
        parts = {
            f"{kind}.{name}": table.kept(name)
            for kind, table in (("given", self._given), ("made", self._made))
            for name in self._DESCRIBING
        }
        return {**held, **parts, "at_fit": self._at_fit}

    def _go(self, steps: int) -> Self:
        check_fitted(self._state)
        history = self._history
        done = history.done + steps
        if not 0 <= done <= len(history.edits):
            kept = f"{history.done} edits can be undone and {len(history.edits) - history.done} redone; see history()"
            raise InvalidInputError(f"cannot {'undo' if steps < 0 else 'redo'} {abs(steps)}: {kept}")
        back = done < history.done
        passed = history.edits[done : history.done][::-1] if back else history.edits[history.done : done]
        for edit in passed:
            for name, (before, after) in edit.changed.items():
                self._restore(name, before if back else after)
        if passed:
            self._adopt(passed[-1].before if back else passed[-1].after)
        self._history = replace(history, done=done)
        return self

    def _restore(self, name: str, value: Any) -> None:
        kind, _, part = name.partition(".")
        if kind == "given":
            self._given[part] = value
        elif kind == "made":
            self._made[part] = value  # None: made when it is asked for
        elif name == "at_fit":
            self._at_fit = value
        else:
            setattr(self, name, value)

    @contextmanager
    def _showing_progress(self) -> Iterator[None]:
        with show_progress(self.verbose):
            yield
