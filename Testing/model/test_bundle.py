"""A bundle is read whole and checked, or refused with one sentence; it never executes code."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.model.bundle import default_bundle_dir, load_bundle


def _edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads((folder / "bundle.json").read_text())
    change(content)
    (folder / "bundle.json").write_text(json.dumps(content))


def _replace_weights(folder: Path, data: bytes) -> None:
    (folder / "lesion.pt").write_bytes(data)
    _edit(folder, lambda c: c["networks"]["lesion"].update(sha256=hashlib.sha256(data).hexdigest()))


def _refused(folder: Path) -> str:
    with pytest.raises(DuOncoError) as caught:
        load_bundle(folder)
    assert caught.value.exit_code is ExitCode.BAD_MODEL
    assert str(folder) not in caught.value.message
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message
    return caught.value.message


def test_a_bundle_tells_what_it_is(bundle_dir: Path) -> None:
    bundle = load_bundle(bundle_dir)
    assert (bundle.name, bundle.version, bundle.license) == ("random", "0.0.1", "Apache-2.0")
    assert bundle.sha256 == hashlib.sha256((bundle_dir / "bundle.json").read_bytes()).hexdigest()
    assert bundle.training == {"seed": 3}
    assert bundle.anatomy.labels == ("background", "lung", "subcutaneous_tissue", "liver", "bone")
    assert bundle.anatomy.spacing_mm == 6.0
    assert bundle.lesion.context == (("lung",), ("liver", "bone")) and bundle.anatomy.context == ()
    assert (bundle.lesion.organ_reach_hu, bundle.anatomy.organ_reach_hu) == (100.0, 0.0)
    assert bundle.lesion.input_windows_hu == ((-1000, 400), (-160, 240))
    assert bundle.lesion.build()(torch.zeros(1, 5, 32, 32, 32)).shape == (1, 3, 32, 32, 32)


def test_the_default_bundle_lies_in_the_resources() -> None:
    assert default_bundle_dir().parts[-3:] == ("Resources", "Models", "duonco-unity-tap")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "bundle.json" in _refused(tmp_path / "nothing")


@pytest.mark.parametrize(("text", "expected"), [
    ("{", "damaged"), ("[]", "not a DuOnco Unity model"), ('{"format": "else"}', "not a DuOnco Unity model"),
    ('{"format": "duonco-unity-bundle", "format_version": 2}', "format version 2"),
    ('{"format": "duonco-unity-bundle", "format_version": 1}', "'networks'"),
])
def test_a_bad_description_is_refused(bundle_dir: Path, text: str, expected: str) -> None:
    (bundle_dir / "bundle.json").write_text(text)
    assert expected in _refused(bundle_dir)


@pytest.mark.parametrize("key", ["weights", "sha256", "spacing_mm", "patch_voxels", "input_windows_hu",
                                 "architecture", "labels"])
def test_a_missing_entry_is_named(bundle_dir: Path, key: str) -> None:
    _edit(bundle_dir, lambda c: c["networks"]["anatomy"].pop(key))
    assert f"'{key}'" in _refused(bundle_dir)


@pytest.mark.parametrize(("key", "value", "expected"), [
    ("spacing_mm", -1, "spacing"),
    ("spacing_mm", "thick", "makes no sense"),
    ("patch_voxels", [32, 32], "makes no sense"),
    ("patch_voxels", [32, 32, 33], "multiples of 4"),
    ("input_windows_hu", [[0, 100]], "windows"),
    ("input_windows_hu", [[0, 100], [50, 50]], "windows"),
    ("labels", [{"index": 0, "key": "background"}], "output channels"),
    ("weights", "../lesion.pt", "model folder itself"),
])
def test_an_inconsistent_network_is_refused(bundle_dir: Path, key: str, value: object, expected: str) -> None:
    _edit(bundle_dir, lambda c: c["networks"]["lesion"].update({key: value}))
    assert expected in _refused(bundle_dir)


@pytest.mark.parametrize("change", [{"type": "SegResNet"}, {"norm": "instance"}, {"strides": [2, 2, 2]},
                                    {"kernel_size": [3, 3]}, {"upsample_kernel_size": [2, 4]}])
def test_another_architecture_is_refused(bundle_dir: Path, change: dict[str, Any]) -> None:
    _edit(bundle_dir, lambda c: c["networks"]["lesion"]["architecture"].update(change))
    assert "not one that this software can run" in _refused(bundle_dir)


def test_labels_without_terminology_are_named(bundle_dir: Path) -> None:
    _edit(bundle_dir, lambda c: c["networks"]["anatomy"]["labels"][2].update(key="tail"))
    assert "tail" in _refused(bundle_dir)


def test_the_lesion_network_must_tell_lesions_and_nodes(bundle_dir: Path) -> None:
    _edit(bundle_dir, lambda c: c["networks"]["lesion"]["labels"][2].update(key="lesion"))
    assert "lymph_node" in _refused(bundle_dir)


def test_missing_weights_are_named(bundle_dir: Path) -> None:
    (bundle_dir / "anatomy.pt").unlink()
    assert "anatomy" in _refused(bundle_dir)


def test_changed_weights_are_refused(bundle_dir: Path) -> None:
    data = bytearray((bundle_dir / "lesion.pt").read_bytes())
    data[len(data) // 2] ^= 1
    (bundle_dir / "lesion.pt").write_bytes(data)
    assert "checksum" in _refused(bundle_dir)


def test_truncated_weights_are_refused(bundle_dir: Path) -> None:
    data = (bundle_dir / "lesion.pt").read_bytes()
    _replace_weights(bundle_dir, data[:len(data) // 2])
    assert "cannot be read" in _refused(bundle_dir)


def test_weights_of_another_network_are_refused(bundle_dir: Path) -> None:
    _edit(bundle_dir, lambda c: c["networks"]["lesion"]["architecture"].update(filters=[8, 8, 16]))
    assert "do not fit" in _refused(bundle_dir)


def test_weights_that_are_not_numbers_are_refused(bundle_dir: Path) -> None:
    state = torch.load(bundle_dir / "lesion.pt", weights_only=True)
    state["bottleneck.conv1.conv.weight"][0, 0, 0, 0, 0] = float("nan")
    torch.save(state, bundle_dir / "lesion.pt")
    _replace_weights(bundle_dir, (bundle_dir / "lesion.pt").read_bytes())
    assert "not finite" in _refused(bundle_dir)


def test_weights_cannot_execute_code(bundle_dir: Path, tmp_path: Path) -> None:
    class Malicious:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "executed"),)

    torch.save({"weight": Malicious()}, bundle_dir / "lesion.pt")
    for data in ((bundle_dir / "lesion.pt").read_bytes(), pickle.dumps(Malicious())):
        _replace_weights(bundle_dir, data)
        assert "cannot be read safely" in _refused(bundle_dir)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(("network", "reach_hu"), [("lesion", -1.0), ("lesion", float("nan")), ("anatomy", 100.0)])
def test_a_density_against_organs_needs_a_reach_and_context(bundle_dir: Path, network: str, reach_hu: float) -> None:
    _edit(bundle_dir, lambda c: c["networks"][network].update({"organ_reach_hu": reach_hu}))
    assert "makes no sense" in _refused(bundle_dir)


def test_a_context_that_the_anatomy_cannot_give_is_refused(bundle_dir: Path) -> None:
    _edit(bundle_dir, lambda c: c["networks"]["lesion"].update({"context": [["lung"], ["spleen"]]}))
    assert "organs that its anatomy lacks: spleen" in _refused(bundle_dir)
