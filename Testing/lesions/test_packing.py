"""Masks in records: exact, short, and refused where damaged."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.packing import pack_mask, unpack_mask


@given(arrays(bool, array_shapes(min_dims=3, max_dims=3, max_side=12)))
def test_a_mask_reads_back_exactly(mask: np.ndarray) -> None:
    np.testing.assert_array_equal(unpack_mask(pack_mask(mask), mask.shape), mask)


def test_a_lesion_of_25_mm_takes_less_than_a_kilobyte() -> None:
    k, j, i = np.ogrid[-12:13, -15:16, -15:16]
    assert len(pack_mask((k / 12) ** 2 + (j / 15) ** 2 + (i / 15) ** 2 <= 1)) < 1000


@given(st.text(max_size=40))
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(DuOncoError, match="damaged"):
        unpack_mask(text, (4, 4, 4))


@pytest.mark.parametrize("shape", [(4, 4, 3), (4, 4, 40), (0, 4, 4), (-1, 4, 4)])
def test_another_shape_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(DuOncoError, match="damaged"):
        unpack_mask(pack_mask(np.ones((4, 4, 4), bool)), shape)


def test_a_text_that_unpacks_into_gigabytes_is_refused_at_once() -> None:
    bomb = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()
    with pytest.raises(DuOncoError, match="damaged"):
        unpack_mask(bomb, (4, 4, 4))
