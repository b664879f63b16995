"""What scikit-learn's tools ask of an object (``clone``, ``Pipeline``, ``set_params``, tags), without scikit-learn.

Importing that library takes a second or more in a new process, and nothing of it is needed to hold parameters.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, Self

from leitmotif.errors import InvalidInputError

__all__ = ["Estimator"]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Estimator:
    """An object that keeps the arguments of its constructor under their own names."""

    _estimator_type: ClassVar[str | None] = None
    _takes: ClassVar[tuple[str, ...]] = ("two_d_array",)
    """What ``fit`` takes, in the words of scikit-learn's ``InputTags``."""

    @classmethod
    def _get_param_names(cls) -> list[str]:
        parameters = inspect.signature(cls.__init__).parameters.values()
        return sorted(p.name for p in parameters if p.kind in _NAMED and p.name != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor, by name; with ``deep`` those of its parts too, as ``part__name``."""
        values = {name: getattr(self, name) for name in self._get_param_names()}
        if deep:
            for name, part in list(values.items()):
                values |= nested_params(name, part)
        return values

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor, or those of a part as ``part__name``.

        Raises
        ------
        InvalidInputError
            A parameter that does not exist.
        """
        names = self._get_param_names()
        for name, value in params.items():
            own, _, inner = name.partition("__")
            if own not in names:
                raise InvalidInputError(f"{type(self).__name__} has no parameter {own!r}; it has {', '.join(names)}")
            if inner:
                part = getattr(self, own)
                part.set_params(**{inner: value})
                setattr(self, own, part)  # where a part is made on demand, one that was changed is a choice from now on
            else:
                setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        parameters = inspect.signature(type(self).__init__).parameters
        given = (
            f"{name}={value!r}"
            for name, value in self.get_params(deep=False).items()
            if name not in parameters or repr(value) != repr(parameters[name].default)
        )
        return f"{type(self).__name__}({', '.join(given)})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=self._estimator_type,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags() if hasattr(type(self), "transform") else None,
            input_tags=InputTags(**({"two_d_array": False} | dict.fromkeys(self._takes, True))),
        )


def nested_params(name: str, part: Any) -> dict[str, Any]:
    """Parameters of a part under ``name__parameter``; none for what has no parameters."""
    if isinstance(part, type) or not hasattr(part, "get_params"):
        return {}
    return {f"{name}__{key}": value for key, value in part.get_params().items()}
