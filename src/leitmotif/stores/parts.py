"""Components in a file: a name out of a fixed table, parameters, and arrays. Nothing else is ever constructed.

A component of ours writes itself through ``get_state()`` (plain data and arrays) and comes back through the class's
``from_state(state)``, or from its constructor's parameters where it has nothing to remember. Some fitted estimators of
scikit-learn that are only numbers are kept by their attributes. Other known classes of umap-learn, hdbscan and scikit-learn come
back with their parameters, not fitted. Of anything else the file keeps the class's name and its plain parameters, as a note.
"""

from __future__ import annotations

import inspect
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from leitmotif.errors import ModelFileError, NotFittedError
from leitmotif.stores.classes import FITTED, OURS, UNFITTED, named_class, public_path
from leitmotif.stores.codec import ArraySink, encode, is_plain

__all__ = [
    "Part",
    "is_rooted",
    "part_from_json",
    "part_of",
    "part_to_json",
    "signature_of",
]

logger = logging.getLogger(__name__)

BY_FEATURE = frozenset({"cluster_centers_", "coef_", "components_", "mean_", "scale_", "theta_", "var_"})
"""Their attributes with a column a feature."""

OF_THE_MACHINE = frozenset({"memory"})
"""Parameters that change no result and name a place: joblib's memory is a folder of pickles."""

_SECRET = re.compile(
    r"(^|[_-])(key|api_?key|token|secret|password|authorization|credentials?|headers?)$", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A component as a file holds it.

    Attributes
    ----------
    path : str
        Public name of the class.
    params : mapping
        Parameters of its constructor that are plain data.
    state : mapping or None
        What it has learned.
    left_out : tuple of str
        Parameters that were not plain data (functions, objects) and are not in the file.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] | None = None
    left_out: tuple[str, ...] = ()

    @property
    def restorable(self) -> bool:
        """Whether :meth:`build` can give the component back as it was."""
        if self.path in OURS:  # what was learned comes with its own parameters
            return self.state is not None or not self.left_out
        return self.path in FITTED and self.state is not None and not self.left_out

    @property
    def unfitted(self) -> Part | None:
        """The component as before its fit; None where the file does not have all that it needs, or the class is unknown."""
        known = self.path in OURS or self.path in UNFITTED
        return replace(self, state=None) if known and not self.left_out else None

    def build(self) -> Any:
        """The component, made anew; only classes in the tables above are ever imported.

        Raises
        ------
        ModelFileError
            The class is in no table, or its state is not what the class expects.
        """
        if not self.restorable and self.unfitted != self:
            raise ModelFileError(f"{self.path} is not made from a file; pass the component to load() yourself")
        if is_rooted(self):
            raise ModelFileError(f"{self.path}: names a file or a package outside of the model, which is not opened")
        if _is_greedy(self.params) or _is_greedy((self.state or {}).get("params")):
            raise ModelFileError(f"{self.path}: asks for thousands of threads or millions of rounds")
        try:
            made = named_class(self.path)
            _check_types(made, self.params)
            _check_types(made, (self.state or {}).get("params", {}))
            if self.state is None:
                return made(**self.params)
            if self.path in OURS:
                return made.from_state(self.state)
            return _with_numbers(made(**self.params), self.state, FITTED[self.path])
        except (ModelFileError, ImportError):
            raise
        except Exception as error:  # whatever a class makes of a damaged state
            raise ModelFileError(f"{self.path}: the model's file does not hold what it needs: {error}") from error

    def to_json(self, name: str, sink: ArraySink) -> dict[str, Any]:
        """As :func:`leitmotif.stores.codec.encode`."""
        entry: dict[str, Any] = {"class": self.path, "params": encode(dict(self.params), f"{name}.params", sink)}
        if self.state is not None:
            entry["state"] = encode(dict(self.state), f"{name}.state", sink)
        if self.left_out:
            entry["left_out"] = list(self.left_out)
        return entry


def _check_types(kind: type, params: Mapping[str, Any]) -> None:
    """Numbers where a parameter's default is a number: anything else would fail much later."""
    for name, parameter in signature_of(kind).items():
        value = params.get(name)
        if isinstance(parameter.default, int | float) and not isinstance(value, int | float | None):
            raise ValueError(f"its parameter {name} is {value!r}")


@cache
def signature_of(kind: type) -> Mapping[str, inspect.Parameter]:
    """Parameters of a class's constructor."""
    return inspect.signature(kind).parameters


def is_rooted(part: Part) -> bool:
    """Whether a parameter would make the component open something that is not in the model: a path, a package."""
    if any(part.params.get(name) is not None for name in {"path"} | OF_THE_MACHINE):
        return True
    tagger = part.params.get("model")
    return isinstance(tagger, str) and not re.fullmatch(r"[a-z]{2,3}(_[a-z]+){2}_(sm|md|lg|trf)|[a-z]+", tagger)


def _is_greedy(params: Any) -> bool:
    limits = {"n_jobs": 1024, "core_dist_n_jobs": 1024, "n_epochs": 1_000_000, "negative_sample_rate": 1_000_000}
    if not isinstance(params, Mapping):
        return False
    return any(isinstance(params.get(name), int | float) and params[name] > limit for name, limit in limits.items())


def part_of(component: Any, role: str, *, keep_fitted: bool = True) -> Part | None:
    """What can be written of a component; None for None.

    Parameters
    ----------
    component : object
    role : str
        "reducer", "clusterer", …; for the log.
    keep_fitted : bool
        Keep what it has learned.
    """
    if component is None:
        return None
    path = public_path(type(component))
    params, left_out = plain_params(component)
    state = None
    if keep_fitted and path in OURS and hasattr(component, "get_state"):
        state = _state_of(component)
    elif keep_fitted and path in FITTED:
        given = _parameters(component)
        learned = {key: value for key, value in vars(component).items() if key not in given}
        state = learned if any(key.endswith("_") for key in learned) else None
    if state is not None and not is_plain(state):
        logger.warning("what the %s %s has learned is not plain data and is not saved", role, path)
        state = None
    return Part(path=path, params=params, state=state, left_out=tuple(left_out))


def _state_of(component: Any) -> Mapping[str, Any] | None:
    try:
        state: Mapping[str, Any] = component.get_state()
    except NotFittedError:
        return None
    return state


def _with_numbers(estimator: Any, learned: Mapping[str, Any], needed: frozenset[str]) -> Any:
    """An estimator of scikit-learn with its learned attributes, those ``needed`` among them, whose shapes fit each other.

    Its compiled code trusts them, so a file must not be able to lie about them.
    """
    if any(learned.get(name) is None for name in needed):
        raise ValueError(f"one of {sorted(needed)} is missing")
    n_features = learned.get("n_features_in_")
    for name, value in learned.items():
        if not name.isidentifier() or name.startswith("__") or hasattr(type(estimator), name):
            raise ValueError(f"{name!r} is no attribute that an estimator learns")
        by_feature = name in BY_FEATURE and value is not None
        if not isinstance(value, np.ndarray):
            if by_feature:
                raise ValueError(f"{name} is no array")
            continue
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError(f"{name} holds NaN or infinite values")
        fits = value.dtype.kind == "f" and value.ndim in (1, 2) and value.shape[-1] == n_features
        if by_feature and not fits:
            raise ValueError(f"{name} is of {value.dtype} and has shape {value.shape} for {n_features} features")
    vars(estimator).update(learned)
    if "cluster_centers_" in needed:
        estimator._n_threads = os.cpu_count() or 1
    return estimator


def plain_params(component: Any) -> tuple[dict[str, Any], list[str]]:
    """Parameters of a component's constructor by its attributes, and the names of those that are not plain data or hold keys."""
    params: dict[str, Any] = {}
    left_out: list[str] = []
    for name, (value, default) in _parameters(component).items():
        if name in OF_THE_MACHINE or (value is default and not is_plain(value)):  # such as CountVectorizer's dtype
            continue
        if not isinstance(value, type) and is_plain(value) and not _holds_secret(name, value):
            params[name] = value
        else:
            left_out.append(name)
    return params, left_out


def _holds_secret(name: str, value: Any) -> bool:
    """Whether a parameter, or an entry in it, is named as a key for some service is (``api_key``, ``extra_headers``, …)."""
    if isinstance(value, Mapping):
        return any(_holds_secret(str(inner), entry) for inner, entry in value.items())
    return value is not None and _SECRET.search(name) is not None


def _parameters(component: Any) -> dict[str, tuple[Any, Any]]:
    """Value and default of each parameter: as scikit-learn tells them, else by the constructor's signature."""
    kind: Any = type(component)
    names, defaults = _parameter_names(kind)
    found = {name: getattr(component, name) for name in names if hasattr(component, name)}
    return {name: (value, defaults.get(name, value)) for name, value in found.items()}


@cache
def _parameter_names(kind: Any) -> tuple[Sequence[str], Mapping[str, Any]]:
    """Names of a class's parameters, and their defaults."""
    try:
        parameters: Sequence[inspect.Parameter] = list(signature_of(kind).values())
    except (TypeError, ValueError):
        parameters = ()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    defaults = {parameter.name: parameter.default for parameter in parameters if parameter.kind in named}
    return (kind._get_param_names() if hasattr(kind, "_get_param_names") else list(defaults)), defaults


def part_to_json(part: Part | None, name: str, sink: ArraySink) -> dict[str, Any] | None:
    """A part, or none, as it stands in the file; its arrays go to ``sink`` under names that start with ``name``."""
    return None if part is None else part.to_json(name, sink)


def part_from_json(entry: Any, value: Any) -> Part | None:
    """A part as it stands in the file; ``value`` is the entry decoded."""
    if entry is None:
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("class"), str):
        raise ValueError("a component is not described by the name of a class")
    params, state = value.get("params", {}), value.get("state")
    if not isinstance(params, dict) or not (state is None or isinstance(state, dict)):
        raise ValueError(f"the component {entry['class'][:80]!r} has no parameters")
    return Part(path=entry["class"], params=params, state=state, left_out=tuple(value.get("left_out", ())))
