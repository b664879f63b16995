"""Trying a call again, later and later."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from leitmotif.llm.failure import describe_failure

__all__ = ["retry_with_exponential_backoff"]

logger = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_PAUSE_S = 60.0


def retry_with_exponential_backoff(
    func: Callable[..., T],
    initial_delay: float = 1,
    exponential_base: float = 2,
    jitter: bool = True,
    max_retries: int = 10,
    errors: type[BaseException] | tuple[type[BaseException], ...] | None = None,
) -> Callable[..., T]:
    """A function that calls ``func``, and calls it again after a pause that grows, while the error may pass.

    Parameters
    ----------
    func : callable
    initial_delay : float
        Seconds before the second try.
    exponential_base : float
        Each further pause is this many times longer, up to a minute.
    jitter : bool
        Lengthen each pause by a random share, so that many clients do not come back at once. Results do not depend on it.
    max_retries : int
        Further tries after the first; then the last error is raised as it is.
    errors : exception type or tuple of them, optional
        Those after which to try again. Default: rate limits, overload and lost connections, of whatever library.
    """

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> T:
        dice = random.Random()
        delay = float(initial_delay)
        for attempt in range(max_retries + 1):
            try:
                return func(*args, **kwargs)
            except Exception as error:
                again = isinstance(error, errors) if errors is not None else describe_failure(error).may_pass
                if not again or attempt == max_retries:
                    raise
                pause = min(delay * (1 + (dice.random() if jitter else 0.0)), LONGEST_PAUSE_S)
                logger.info("try %d of %d failed (%s); again in %.1f s", attempt + 1, max_retries + 1, error, pause)
                time.sleep(pause)
                delay *= exponential_base
        raise AssertionError  # the loop returns or raises

    return call
