"""The file of the generator's numbers: complete, checked, with sources, and drawn from as it always was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.training.body import random_body
from DuOncoUnityLib.training.ct_physics import random_scanner
from DuOncoUnityLib.training.disease import random_lesion
from DuOncoUnityLib.training.distributions import LogNormal, Normal, Sometimes
from DuOncoUnityLib.training.export import load_state
from DuOncoUnityLib.training.generator_file import BUNDLED, bundled_generator, load_generator
from DuOncoUnityLib.training.label_bank import BankEntry, load_bank
from DuOncoUnityLib.training.network import load_config
from DuOncoUnityLib.training.structures import Phase
from DuOncoUnityLib.training.torso import Torso
from DuOncoUnityLib.training.train import TrainingState, synthetic_sample

TEXT = BUNDLED.read_text(encoding="utf-8")


def changed(folder: Path, old: str, new: str) -> Path:
    """The bundled file with one passage changed."""
    assert TEXT.count(old) == 1, old
    path = folder / "mine.toml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(("old", "new", "message"), [
    ("texture_grain_mm = 1.5\n", "", r"generator\.densities\.texture_grain_mm is missing"),
    ("female_share = 0.5", "female_share = 1.5", r"generator\.bodies\.female_share must lie between 0 and 1"),
    ("largest_noise_hu = 22 ", 'largest_noise_hu = "much" ', r"generator\.clicks\.largest_noise_hu must be a number"),
    ("muscle = [0.75, 1.15]", "muscle = [1.15, 0.75]", r"muscle must run from the smaller to the larger"),
    ("sigma = 0.6 }", "sigma = -0.6 }", r"generator\.bodies\.fat_mm\.sigma must not be negative"),
    ("turn_sd_deg = 5", "turn_sd_deg = -5", r"generator\.patches\.turn_sd_deg must not be negative"),
    ("fat_mm = { median = 18,", "fat_mm = { median = 0,", r"generator\.bodies\.fat_mm\.median must be larger than 0"),
    ("portal = 0.38", "portal = 0.48", r"phase_shares must add up to 1"),
    ("late = 0.1 }", "delayed = 0.1 }", r"phase_shares has the unknown name delayed"),
    ("air = 0.04", "aer = 0.04", r"centre_shares has the unknown name aer"),
    ('structures = ["adrenal"]', 'structures = ["adrenals"]', r"sites\[6\]\.structures has the unknown name adrenals"),
    ('form = "tube",  long_axis_mm = [40', 'form = "ball",  long_axis_mm = [40',
     r"look_alikes\[9\]\.form has the unknown name ball"),
    ("[metal]\n", "[metal]\ncolour = 3\n", r"generator\.metal has an unknown field"),
])
def test_numbers_that_cannot_be_are_refused_with_their_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DuOncoError, match=message):
        load_generator(changed(tmp_path, old, new))


@pytest.mark.parametrize("text", ["[densities", "\x00"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.toml").write_text(text)
    with pytest.raises(DuOncoError, match="cannot be read"):
        load_generator(tmp_path / "broken.toml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DuOncoError, match="cannot be read"):
        load_generator(tmp_path / "absent.toml")


def test_every_group_of_numbers_says_where_they_come_from() -> None:
    groups = TEXT.split("# " + "=" * 118)[1:]
    assert len(groups) == 9
    for group in groups:
        heading = group[:group.index("\n[")].lower()
        assert "chosen" in heading or "iaea" in heading, heading


def test_distributions_are_what_they_are_called() -> None:
    rng = np.random.default_rng(1)
    normal, log_normal = Normal(5.0, 2.0), LogNormal(18.0, 0.6)
    assert np.mean([normal.draw(rng) for _ in range(4000)]) == pytest.approx(5.0, abs=0.15)
    assert np.std([normal.draw(rng) for _ in range(4000)]) == pytest.approx(2.0, abs=0.1)
    fat = [log_normal.draw(rng) for _ in range(4000)]
    assert np.median(fat) == pytest.approx(18.0, rel=0.05)
    assert np.std(np.log(fat)) == pytest.approx(0.6, rel=0.05)
    values = np.array([Sometimes(0.25, (10.0, 60.0)).draw(rng) for _ in range(4000)])
    assert np.mean(values > 0.0) == pytest.approx(0.25, abs=0.03)
    assert values[values > 0.0].min() >= 10.0 and values.max() <= 60.0


# What the seeds gave when the bundled networks were trained. Trained weights, calibration and hold-out rest on it: a
# change of these figures asks for all three anew.

def test_persons_are_drawn_as_ever() -> None:
    body = random_body(bundled_generator().bodies, 7)
    assert (body.width, body.depth, body.height) == pytest.approx((1.0440353334, 0.9975568634, 0.9755289220))
    assert (body.fat_mm, body.muscle) == pytest.approx((31.4285918194, 1.0410370345))
    assert (body.female, body.arms) == (False, "up")
    assert body.organ_jitter["heart"] == pytest.approx([0.69472354, -4.67571231, -1.18600242, 0.94535289])


def test_scanners_are_drawn_as_ever() -> None:
    scanner = random_scanner(bundled_generator().scanners, np.random.default_rng(7))
    assert scanner.phase is Phase.PORTAL
    assert (scanner.noise_hu, scanner.noise_grain_mm, scanner.blur_mm, scanner.slice_mm) == pytest.approx(
        (13.9332687898, 1.6859599663, 1.1828522230, 1.0))


def test_lesions_are_drawn_as_ever() -> None:
    numbers = bundled_generator()
    lesion = random_lesion(numbers.disease.sites[2], (0.0, 0.0, 0.0), numbers.lesions, np.random.default_rng(7))
    assert lesion.radii_mm == pytest.approx((7.0080415997, 6.7559261142, 6.5364403955))
    assert (lesion.hu, lesion.irregularity, lesion.rim_hu, lesion.texture_hu) == pytest.approx(
        (-25.8396863854, 0.0980432341, 51.0614209191, 7.1212208941))
    assert lesion.turn_rad == pytest.approx((-0.3722849399, 0.2939052301, 0.2141323220))
    assert (lesion.seed, lesion.necrosis, lesion.edge_mm, lesion.spicules) == (282266799, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("network", "number", "mean", "foreground_voxels"), [
    ("anatomy", 1, (-0.4047, -0.6663), 20581), ("anatomy", 4, (-0.1474, -0.5076), 32768),
    ("lesion", 1, (-0.7102, -0.9107), 694), ("lesion", 2, (-0.2479, -0.3336), 12622),
    ("lesion", 6, (-0.3175, -0.4276), 1951), ("click", 0, (-0.0111, -0.2287), 10786),
    ("click", 2, (-0.3964, -0.3781), 817), ("click", 5, (-0.0389, -0.3945), 983)])
def test_samples_are_drawn_as_ever(torso: Torso, network: str, number: int, mean: tuple[float, float],
                                   foreground_voxels: int) -> None:
    bank = [BankEntry(torso.labels.repeat(2, 0).repeat(2, 1).repeat(2, 2), None, 1.0)]
    config = replace(load_config(BUNDLED.parent / f"{network}.json"), patch_voxels=(32, 32, 32))
    image, classes = synthetic_sample(bank, config, 5, number)
    assert image[:2].mean((1, 2, 3)) == pytest.approx(mean, abs=1e-3)  # processors differ in the last digits
    assert (classes > 0).sum() == pytest.approx(foreground_voxels, rel=0.01)


@pytest.fixture
def obese_config(tiny_config: Path) -> Path:
    """The tiny training with a generator of its own: persons with 60 mm of fat, named relative to the configuration."""
    changed(tiny_config.parent, "fat_mm = { median = 18, sigma = 0.6 } ", "fat_mm = { median = 60, sigma = 0.0 } ")
    values = json.loads(tiny_config.read_text())
    tiny_config.write_text(json.dumps({**values, "generator": "mine.toml"}))
    return tiny_config


def test_a_file_may_name_only_what_differs_from_the_bundled_one(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "bundled"\n[patches.context]\nshift_voxels = 1\n')
    usual, mine = bundled_generator(), load_generator(tmp_path / "mine.toml")
    assert mine.patches.context.shift_voxels == 1 != usual.patches.context.shift_voxels
    context = replace(mine.patches.context, shift_voxels=usual.patches.context.shift_voxels)
    assert replace(mine, patches=replace(mine.patches, context=context)) == usual
    (tmp_path / "wrong.toml").write_text('base = "bundled"\n[patches]\ncolour = 3\n')
    with pytest.raises(DuOncoError, match=r"generator\.patches has an unknown field"):
        load_generator(tmp_path / "wrong.toml")


@pytest.mark.parametrize("path", sorted(BUNDLED.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_every_file_that_comes_with_the_program_can_be_drawn_from(path: Path) -> None:
    assert (load_generator(path) == bundled_generator()) == (path == BUNDLED)


def test_a_training_can_name_a_generator_of_its_own(obese_config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    config = load_config(obese_config)
    assert config.numbers.bodies.fat_mm.median == 60.0
    assert config.sample_options().generator is config.numbers
    assert random_body(config.numbers.bodies, 7).fat_mm == pytest.approx(60.0)
    assert config.as_json()["generator"] == "mine.toml", "a bundle names no folder of this machine"


def test_a_training_with_an_unusable_generator_does_not_start(obese_config: Path) -> None:
    (obese_config.parent / "mine.toml").write_text("[bodies]\n")
    with pytest.raises(DuOncoError, match="densities is missing"):
        load_config(obese_config)


def test_bodies_of_another_generator_are_not_taken_from_the_cache(tmp_path: Path, obese_config: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("DuOncoUnityLib.training.label_bank.BANK_SPACING_MM", 8.0)
    usual, = load_bank(tmp_path / "bank", 1, None, bundled_generator().bodies)
    obese, = load_bank(tmp_path / "bank", 1, None, load_config(obese_config).numbers.bodies)
    again, = load_bank(tmp_path / "bank", 1, None, bundled_generator().bodies)
    assert obese.labels.shape != usual.labels.shape
    assert np.array_equal(again.labels, usual.labels)


def test_a_checkpoint_finds_the_generator_again(tmp_path: Path, obese_config: Path) -> None:
    TrainingState(load_config(obese_config)).save(tmp_path / "checkpoint.pt")
    assert load_state(tmp_path / "checkpoint.pt").config.numbers.bodies.fat_mm.median == 60.0
