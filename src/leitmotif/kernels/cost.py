"""What neighbours and a layout will cost, told before they start: operations and bytes.

The rates are of a table, not of the machine at hand: which search is taken decides bits of the result, and these shall be the
same everywhere. Measured on two cores of an AMD EPYC of 2022 (AVX-512), see ``docs/geometry.md``.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cell_operations", "cells_pay", "exact_operations", "free_bytes", "peak_bytes"]

OPERATIONS_A_SECOND = 75e9
"""Multiplications and additions of the exact search in a second of one core: 154e9 in 2.05 s, 20,000 rows of 384."""

WORTH_SECONDS = 5.0
"""So much processor time saved is worth the three neighbours in a hundred that the search by cells misses."""


def exact_operations(n: int, d: int) -> float:
    """Multiplications and additions of the exact search: every pair of n rows of d once."""
    return float(n) * n * d


def cell_operations(n: int, d: int) -> float:
    """Multiplications and additions of the search by cells, about.

    Cells that rows look into, of which more are needed the more rows there are, about as n^(1/3); joins, and the sample whose
    exact neighbours are computed, as n; centres and the nearest of them, n² d (1/128 + 1/256). Fits 20,000, 40,000 and 200,000
    sentences within a tenth (``benchmarks/geometry.py search``); where cells tell more about neighbours than there, it is less.
    """
    return d * (415.0 * n ** (4 / 3) + 0.012 * float(n) * n + 6450.0 * n)


def cells_pay(n: int, d: int) -> bool:
    """Whether the search by cells saves enough time to be worth its few misses: beyond 44,000 rows of 384."""
    return exact_operations(n, d) - cell_operations(n, d) > WORTH_SECONDS * OPERATIONS_A_SECOND


def peak_bytes(n: int, d: int, k: int) -> int:
    """Bytes that reducing n rows of d with k neighbours takes at its peak, beyond the rows given.

    The rows in float32, twice while the exact search has them in its own order (a quarter more, not twice, where the processor
    multiplies bytes), and 80 bytes for each neighbour of a row: lists,
    graph, and the plan of the layout (measured: 910 to 1,320 bytes a row for 15 neighbours); blocks of some megabytes.
    """
    copies = 1 if cells_pay(n, d) else 2
    return n * (4 * d * copies + 80 * k) + min(n * d, 1 << 18) * 24


def free_bytes() -> int | None:
    """Memory that can still be had, within the limit of a container; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        try:
            return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, OSError, ValueError):
            return None
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            left = int(Path(limit).read_text(encoding="ascii")) - int(Path(used).read_text(encoding="ascii"))
        except (OSError, ValueError):  # no such file, or "max"
            continue
        return max(0, min(available, left))
    return available
