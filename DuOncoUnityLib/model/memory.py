"""Memory of feature maps, kept from one tile to the next."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # parameters of mallopt, malloc.h of glibc
_ALWAYS, _DEFAULT = 2**31 - 1, 128 * 1024


@contextmanager
def kept_memory() -> Iterator[None]:
    """While this lasts, freed memory stays with the process, as on Linux it would not.

    The C library hands every large block back to the system when it is freed, and gets it again page by page, filled
    with zeros: a fifth of the processor time of a network on a scan. Afterwards everything is handed back at once.
    Where the C library is another one, nothing changes.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if not hasattr(library, "mallopt"):
        yield
        return
    assert library is not None
    library.mallopt(_MMAP_THRESHOLD, _ALWAYS)
    library.mallopt(_TRIM_THRESHOLD, _ALWAYS)
    try:
        yield
    finally:
        library.mallopt(_MMAP_THRESHOLD, _DEFAULT)
        library.mallopt(_TRIM_THRESHOLD, _DEFAULT)
        library.malloc_trim(0)
