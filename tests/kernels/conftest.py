"""What the tests of several kernels need."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def printed_under_instruction_sets() -> Callable[[str], set[str]]:
    """What a script prints in processes that may use more and more of the machine's vector instructions."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("the instruction sets are those of x86-64")

    def printed(script: str) -> set[str]:
        return {
            subprocess.run(
                [sys.executable, "-c", script],
                env=os.environ | {"LEITMOTIF_INSTRUCTIONS": most},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for most in ("avx2", "avx512", "all")
        }

    return printed
