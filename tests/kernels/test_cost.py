"""Costs told beforehand: the shape of the formulas, and a peak that was measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from leitmotif.kernels import cost


def test_the_search_by_cells_is_taken_where_it_saves_time() -> None:
    for d in (64, 256, 384, 1024):
        sizes = [n for n in range(1_000, 400_000, 1_000) if cost.cells_pay(n, d)]
        assert sizes == list(range(sizes[0], 400_000, 1_000))  # from some size on, always
    first = {d: next(n for n in range(1_000, 400_000, 500) if cost.cells_pay(n, d)) for d in (64, 384, 1024)}
    assert first[64] > first[384] > first[1024] and 35_000 < first[384] < 45_000


def test_operations_fit_what_was_measured() -> None:
    """Processor seconds of both searches in benchmarks/results/geometry.jsonl (two cores; abstracts, sentences)."""
    for n, d, seconds in ((20_000, 384, 2.05), (20_000, 256, 1.40), (40_000, 256, 5.12)):
        assert cost.exact_operations(n, d) / cost.OPERATIONS_A_SECOND == pytest.approx(seconds, rel=0.1)
    for n, seconds in ((20_000, 1.23), (40_000, 2.69), (200_000, 22.6)):
        assert cost.cell_operations(n, 256) / cost.OPERATIONS_A_SECOND == pytest.approx(seconds, rel=0.1)


def test_free_memory_is_that_of_the_system() -> None:
    free = cost.free_bytes()
    if not Path("/proc/meminfo").exists():
        pytest.skip("this system has no /proc/meminfo to compare with")
    total = int(Path("/proc/meminfo").read_text(encoding="ascii").split()[1]) * 1024
    assert free is not None and 0 <= free < total


@pytest.mark.slow
@pytest.mark.parametrize(("n", "d"), [(20_000, 16), (12_000, 256)])
def test_the_peak_is_about_what_was_told(n: int, d: int) -> None:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("peaks are read from /proc")
    script = f"""
import numpy as np
from leitmotif.dimensionality import UMAP
rng = np.random.default_rng(0)
x = (rng.normal(size=(100, {d}))[rng.integers(0, 100, {n})] + 0.6 * rng.normal(size=({n}, {d}))).astype(np.float32)
UMAP(n_epochs=2).fit(x[:300])
resident = int(open("/proc/self/statm").read().split()[1]) * 4096
open("/proc/self/clear_refs", "w").write("5")
UMAP(n_epochs=5).fit(x)
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024
print(peak - resident)
"""
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert 0.6 < int(run.stdout) / cost.peak_bytes(n, d, 15) < 1.3
