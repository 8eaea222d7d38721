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


def test_the_file_is_what_xz_and_torch_read() -> None:
    read = torch.load(io.BytesIO(lzma.decompress(pack_weights(state()))), weights_only=True)
    assert torch.equal(read["one.weight"], state()["one.weight"])


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
