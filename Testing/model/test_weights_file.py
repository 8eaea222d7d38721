"""The file of weights: packed and read back bit by bit, as xz and as torch write it; what is not right is refused."""

from __future__ import annotations

import io
import lzma
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from DuOncoUnityLib.model import weights_file
from DuOncoUnityLib.model.weights_file import pack_weights, read_weights


def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    shared = torch.randn(8, 4, 3, 3, 3).half()
    return {"one.weight": shared, "same.weight": shared, "batches": torch.tensor(7)}


def saved(content: Any) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def test_weights_are_read_back_as_they_were() -> None:
    read = read_weights(pack_weights(state()))
    assert list(read) == list(state())
    assert all(torch.equal(read[name], value) and read[name].dtype == value.dtype for name, value in state().items())


def test_a_tensor_under_two_names_is_stored_once() -> None:
    once = {"one.weight": state()["one.weight"], "batches": torch.tensor(7)}
    assert len(pack_weights(state())) < len(pack_weights(once)) + 200


def rounded(largest: int = 100) -> dict[str, torch.Tensor]:
    """Multiples of 1/4 in the first channel, of 1/64 in the second, none in the third."""
    torch.manual_seed(0)
    kernel = torch.randint(-largest, largest + 1, (3, 16, 3, 3, 3)).half()
    kernel[:, 0, 0, 0, 0] = 1
    return {"weight": kernel * torch.tensor([1 / 4, 1 / 64, 0]).half().view(3, 1, 1, 1, 1), "bias": torch.ones(3)}


def test_rounded_kernels_are_read_back_as_they_were_from_a_file_of_single_bytes() -> None:
    given, data = rounded(), pack_weights(rounded())
    read = read_weights(data)
    assert list(read) == list(given) and read["weight"].dtype == torch.float16
    assert all(torch.equal(read[name], value) for name, value in given.items())
    stored = torch.load(io.BytesIO(lzma.decompress(data)), weights_only=True)
    assert stored["weight"].dtype == torch.int8 and stored["weight.step"].tolist() == [1 / 4, 1 / 64, 1]


@pytest.mark.parametrize(("largest", "dtype"), [(127, torch.int8), (129, torch.float16)])
def test_kernels_that_bytes_cannot_hold_are_stored_in_fp16(largest: int, dtype: torch.dtype) -> None:
    given = rounded(largest)
    given["weight"][0, 1, 0, 0, 0] = largest / 4
    data = pack_weights(given)
    assert torch.load(io.BytesIO(lzma.decompress(data)), weights_only=True)["weight"].dtype == dtype
    assert torch.equal(read_weights(data)["weight"], given["weight"])


def test_files_that_torch_wrote_are_read() -> None:
    assert torch.equal(read_weights(saved(state()))["one.weight"], state()["one.weight"])


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_cut_off_files_are_refused(kept: float) -> None:
    data = pack_weights(state())
    with pytest.raises(Exception):  # noqa: B017  of many kinds
        read_weights(data[:int(kept * len(data))])


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "LARGEST_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(ValueError, match="too large"):
        read_weights(lzma.compress(bytes(2_000_000)))


def test_packed_code_is_not_executed(tmp_path: Path) -> None:
    class Malicious:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "executed"),)

    with pytest.raises(Exception, match=r"[Ww]eights.only"):
        read_weights(lzma.compress(saved({"weight": Malicious()})))
    assert not (tmp_path / "executed").exists()
