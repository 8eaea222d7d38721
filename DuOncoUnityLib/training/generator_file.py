"""Reading of `configs/generator.toml`, the one file of all numbers from which synthetic patients are drawn."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.records.codec import Mismatch, decode
from DuOncoUnityLib.terminology import ORGANS
from DuOncoUnityLib.training.generator import Generator, Site
from DuOncoUnityLib.training.structures import CODE, MOVING_ORGANS, Phase

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUNDLED = Path(__file__).resolve().parent / "configs" / "generator.toml"
LAYERS = ("lesion", "lymph_node", "benign")
FORMS = ("lump", "tube", "plate")
NOT_NEGATIVE, POSITIVE = frozenset({"sd", "sigma", "least", "further", "others"}), frozenset({"median", "weight"})
"""Words in the names of entries that say what their number may be."""


def bundled_generator() -> Generator:
    """The numbers that come with the package."""
    return load_generator(BUNDLED)


@cache
def load_generator(path: Path) -> Generator:
    """Read and check a file of numbers, once.

    A file that says `base = "bundled"` takes from the bundled one what it does not name itself.

    Raises:
        DuOncoError: the file cannot be read, lacks an entry, has one too many, or a number that cannot be.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        if document.get("base") == "bundled":
            del document["base"]
            document = _merged(tomllib.loads(BUNDLED.read_text(encoding="utf-8")), document)
    except (OSError, ValueError) as error:
        raise DuOncoError("The file with the numbers of the synthetic patients cannot be read.", details=str(error),
                          exit_code=ExitCode.BAD_INPUT) from error
    try:
        generator = decode(Generator, document, "generator")
        _check_numbers(generator, "generator")
        _check_names(generator)
    except Mismatch as mismatch:
        raise DuOncoError(f"The numbers of the synthetic patients cannot be used: {mismatch}.",
                          exit_code=ExitCode.BAD_INPUT) from mismatch
    return generator


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A document with the entries of another in place of its own, table by table; lists are taken whole."""
    return {**base, **{name: _merged(base[name], value) if isinstance(value, dict) and isinstance(base.get(name), dict)
                       else value for name, value in changes.items()}}


def _check_numbers(value: Any, where: str) -> None:
    """Shares lie between 0 and 1, ranges run upwards, and what cannot be negative is not: the names of entries tell."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            _check_numbers(getattr(value, field.name), f"{where}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_numbers(item, f"{where}.{key}")
            if where.endswith("_shares") and not 0.0 <= item <= 1.0:
                raise Mismatch(f"{where}.{key} must lie between 0 and 1")
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            _check_numbers(item, f"{where}[{n}]")
        if len(value) == 2 and isinstance(value[0], (int, float)) and value[0] > value[1]:
            raise Mismatch(f"{where} must run from the smaller to the larger number")
    elif isinstance(value, (int, float)):
        _check_number(value, where)


def _check_number(value: float, where: str) -> None:
    words = set(where.rpartition(".")[2].partition("[")[0].split("_"))
    if "share" in words and not 0.0 <= value <= 1.0:
        raise Mismatch(f"{where} must lie between 0 and 1")
    if value < 0.0 and words & NOT_NEGATIVE:
        raise Mismatch(f"{where} must not be negative")
    if value <= 0.0 and words & POSITIVE:
        raise Mismatch(f"{where} must be larger than 0")


def _check_names(generator: Generator) -> None:
    """Structures, organs, layers and phases are those that the program knows."""
    where = "generator.densities.tissues"
    _check_known(generator.densities.tissues, CODE, where)
    _check_complete(generator.densities.tissues, CODE, where)
    _check_known(generator.densities.variable_organs, ORGANS, "generator.densities.variable_organs")
    _check_known(generator.densities.oral_contrast.structures, CODE, "generator.densities.oral_contrast.structures")
    _check_known(generator.bodies.organ_shift_parts, MOVING_ORGANS, "generator.bodies.organ_shift_parts")
    _check_known(generator.patches.centre_shares, CODE, "generator.patches.centre_shares")
    _check_known(generator.patches.lean.structures, CODE, "generator.patches.lean.structures")
    for name in ("sites", "look_alikes"):
        sites = getattr(generator.disease, name)
        if not sites:
            raise Mismatch(f"generator.disease.{name} is empty")
        for n, site in enumerate(sites):
            _check_site(site, f"generator.disease.{name}[{n}]")
    _check_site(generator.disease.mass, "generator.disease.mass")
    phases = [phase.value for phase in Phase]
    _check_shares(generator.scanners.phase_shares, phases, "generator.scanners.phase_shares")
    _check_complete(generator.scanners.phase_shares, phases, "generator.scanners.phase_shares")
    _check_shares(generator.bodies.small_bowel_shares, CODE, "generator.bodies.small_bowel_shares")
    _check_shares(generator.bodies.colon_shares, CODE, "generator.bodies.colon_shares")


def _check_site(site: Site, where: str) -> None:
    _check_known([site.organ], ORGANS, f"{where}.organ")
    _check_known([site.layer], LAYERS, f"{where}.layer")
    _check_known([site.form], FORMS, f"{where}.form")
    _check_known(site.structures, CODE, f"{where}.structures")
    if site.long_axis_mm[0] <= 0.0:
        raise Mismatch(f"{where}.long_axis_mm must be larger than 0")


def _check_shares(shares: dict[str, float], known: Iterable[str], where: str) -> None:
    _check_known(shares, known, where)
    if abs(sum(shares.values()) - 1.0) > 1e-6:
        raise Mismatch(f"{where} must add up to 1")


def _check_known(names: Iterable[str], known: Iterable[str], where: str) -> None:
    for name in sorted(set(names) - set(known)):
        raise Mismatch(f"{where} has the unknown name {name}")


def _check_complete(names: Iterable[str], wanted: Iterable[str], where: str) -> None:
    for name in sorted(set(wanted) - set(names)):
        raise Mismatch(f"{where}.{name} is missing")
