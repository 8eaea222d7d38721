"""Memory is kept between feature maps while a network runs, and handed back afterwards."""

from __future__ import annotations

import sys

import psutil
import pytest
import torch

from DuOncoUnityLib.model.memory import kept_memory

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems keep memory themselves")
BYTES = 200_000_000


def page_faults(times: int) -> int:
    """Faults of taking and freeing a large block again and again."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        torch.zeros(BYTES, dtype=torch.uint8).fill_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_a_large_block_is_not_fetched_again_page_by_page() -> None:
    outside = page_faults(10)
    with kept_memory():
        inside = page_faults(10)
    assert inside < outside / 3


def test_memory_is_handed_back_afterwards() -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    with kept_memory():
        page_faults(1)
        assert process.memory_info().rss > before + BYTES / 2
    assert process.memory_info().rss < before + BYTES / 4
