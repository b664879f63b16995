"""Lists and dicts that write what is written into them back to where they were read from.

A model's attributes are made from its state when they are asked for. BERTopic's users write into them
(``model.topic_representations_[3] = words``), so what they get here is a list or dict that passes each change on. It is
checked as an assignment of the whole attribute is, and undone where that refuses it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn
from weakref import ref

__all__ = ["FixedDict", "is_current", "through"]

_OF_LIST = ("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort", "__iadd__", "__imul__")
_OF_DICT = ("clear", "pop", "popitem", "setdefault", "update", "__ior__")
_OF_ANY = ("__setitem__", "__delitem__")
_CHANGES: dict[type, tuple[str, ...]] = {
    list: (*_OF_ANY, *_OF_LIST),
    dict: (*_OF_ANY, *_OF_DICT),
    Counter: (*_OF_ANY, *_OF_DICT, "subtract", "__iadd__", "__isub__", "__iand__"),
}


def through(owner: Any, attribute: str, field: str, value: Any) -> Any:
    """``value``, a list, dict or Counter, such that changes of it, however deep, are assigned to ``owner.attribute``.

    ``field`` of ``owner._state`` is what the attribute is made from. Once it is another object, a list that was read
    before is a list of its own, as one that BERTopic has replaced is. A copy or a pickle is a plain list or dict.
    """
    source = _Source(owner, attribute, field)
    source.top = _wrapped(value, source)
    return source.top


def is_current(value: Any, owner: Any) -> bool:
    """Whether :func:`through` made ``value`` of what ``owner`` has now."""
    source = getattr(value, "_source", None)
    return source is not None and source.owner() is owner and source.is_current()


class FixedDict(dict[Any, Any]):
    """A dict that says what to do instead when somebody writes into it."""

    def __init__(self, values: Any, instead: str) -> None:
        super().__init__(values)
        self._instead = instead

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(self._instead)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce_ex__(self, _: Any) -> Any:
        return dict, (dict(self),)


class _Source:
    """The attribute that a list or dict was read from."""

    def __init__(self, owner: Any, attribute: str, field: str) -> None:
        self.owner, self.attribute, self.field = ref(owner), attribute, field
        self.seen = getattr(owner._state, field)
        self.top: Any = None

    def is_current(self) -> bool:
        owner = self.owner()
        return owner is not None and owner._state is not None and getattr(owner._state, self.field) is self.seen

    def write(self) -> None:
        owner: Any = self.owner()
        if self.is_current():
            setattr(owner, self.attribute, _plain(self.top))
            self.seen = getattr(owner._state, self.field)


def _changing(kind: type, name: str) -> Callable[..., Any]:
    """The method of a list or dict, then the assignment of the attribute; where that fails, nothing has changed."""
    change = getattr(kind, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        source: _Source | None = self._source
        if source is None:
            return change(self, *args, **kwargs)
        before = _plain(source.top)
        result = change(self, *(_wrapped(arg, source) for arg in args), **kwargs)
        try:
            source.write()
        except BaseException:
            _refill(source.top, before, source)
            raise
        return result

    method.__name__, method.__doc__ = name, change.__doc__
    return method


def _writing(kind: type) -> type:
    methods: dict[str, Any] = {name: _changing(kind, name) for name in _CHANGES[kind]}
    methods["__reduce_ex__"] = lambda self, _: (kind, (_plain(self),))
    # Under the name of its kind, which is what a Counter shows of itself.
    return type(kind.__name__, (kind,), {"_source": None, "__doc__": through.__doc__} | methods)


_WRITING = {kind: _writing(kind) for kind in _CHANGES}


def _wrapped(value: Any, source: _Source) -> Any:
    """Lists and dicts, and those in them, as such that write; anything else as it is."""
    kind = type(value)
    if kind not in _WRITING:
        return value
    wrapped = _WRITING[kind]()
    _refill(wrapped, value, source)
    wrapped._source = source
    return wrapped


def _refill(wrapped: Any, values: Any, source: _Source) -> None:
    if isinstance(wrapped, list):
        list.__setitem__(wrapped, slice(None), [_wrapped(value, source) for value in values])
    else:
        dict.clear(wrapped)
        dict.update(wrapped, {key: _wrapped(value, source) for key, value in values.items()})


def _plain(value: Any) -> Any:
    """The same without any wish to write."""
    if isinstance(value, list):
        return [_plain(item) for item in value] if any(isinstance(item, list | dict) for item in value) else list(value)
    if isinstance(value, dict):
        plain = {key: _plain(item) for key, item in value.items()}
        return Counter(plain) if isinstance(value, Counter) else plain
    return value
