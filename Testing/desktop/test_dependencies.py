"""Packages that Slicer does not bring: named with their size, installed the way Slicer wants it."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityPanel.dependencies import PACKAGES, TORCH, install, missing_packages, question

OTHERS = [package for package in PACKAGES if package is not TORCH]


def test_what_is_installed_is_not_asked_for() -> None:
    assert missing_packages() == []


def test_the_question_names_every_package_and_its_size() -> None:
    text = question(PACKAGES)
    for package in PACKAGES:
        assert f"- {package.name} ({package.download})" in text
    assert "never leave this computer" in text


def test_nothing_is_pinned_to_one_version() -> None:
    assert not any("==" in package.requirement for package in PACKAGES)


@pytest.fixture
def torch_installer(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The PyTorch extension, recording how it was asked."""
    calls: list[dict[str, Any]] = []

    class Logic:
        def installTorch(self, **options: Any) -> ModuleType:  # noqa: N802
            calls.append(options)
            return ModuleType("torch")

    monkeypatch.setitem(sys.modules, "PyTorchUtils", SimpleNamespace(PyTorchUtilsLogic=Logic))
    return calls


def test_torch_comes_through_the_pytorch_extension_without_asking_again(
        torch_installer: list[dict[str, Any]]) -> None:
    install([TORCH])
    assert torch_installer[0]["askConfirmation"] is False
    assert torch_installer[0]["torchVersionRequirement"].startswith(">=")


def test_without_the_pytorch_extension_the_user_learns_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    with pytest.raises(DuOncoError, match="Extensions Manager"):
        install([TORCH])


def test_slicer_5_12_installs_with_its_package_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    packaging = SimpleNamespace(pip_ensure=lambda requirements, **options: calls.append((requirements, options)))
    monkeypatch.setattr(slicer, "packaging", packaging, raising=False)
    monkeypatch.setitem(sys.modules, "slicer.packaging", packaging)
    install(OTHERS)
    assert calls == [([package.requirement for package in OTHERS],
                      {"prompt_install": False, "requester": "DuOnco Unity"})]


def test_older_slicer_installs_with_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(slicer.util, "pip_install", calls.append, raising=False)
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)
    install(OTHERS)
    assert calls == [package.requirement for package in OTHERS]


def test_a_failed_installation_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_requirement: str) -> None:
        raise RuntimeError("pip: no network")

    monkeypatch.setattr(slicer.util, "pip_install", fail, raising=False)
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)
    with pytest.raises(DuOncoError, match="could not be installed") as raised:
        install(OTHERS)
    assert "no network" in raised.value.details
