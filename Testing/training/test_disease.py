"""Lesions have the size, the density and the place they are said to have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from DuOncoUnityLib.training.disease import Host, LesionShape, grow_lesion, random_lesion
from DuOncoUnityLib.training.generator import Site
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.structures import CODE

DISEASE, FORM = bundled_generator().disease, bundled_generator().lesions
LIVER_SITE = next(site for site in DISEASE.sites if site.organ == "liver" and site.relative)


def grow(lesion: LesionShape, structure: str = "liver", hu: float = 110.0) -> tuple[np.ndarray, np.ndarray]:
    """The lesion in a block of one tissue, 0.8 x 1.0 x 1.25 mm voxels, origin far from zero: (mask, density)."""
    labels = np.full((64, 80, 100), CODE[structure], dtype=np.uint8)
    x, y, z = ((start + step * np.arange(n)).astype(np.float32) for start, step, n in
               ((200.0, 0.8, 100), (-340.0, 1.0, 80), (900.0, 1.25, 64)))
    density, mask = np.full(labels.shape, hu, dtype=np.float32), np.zeros_like(labels)
    count = grow_lesion(lesion, Host(labels, density, mask, (x, y, z)), 5, FORM, np.random.default_rng(0))
    assert count == (mask == 5).sum()
    return mask, density


def shape(radii: tuple[float, float, float], irregularity: float = 0.0) -> LesionShape:
    return LesionShape(LIVER_SITE, (240.0, -300.0, 940.0), radii, irregularity, -50.0)


@pytest.mark.parametrize("radii", [(12.0, 12.0, 12.0), (20.0, 11.0, 14.0), (8.0, 15.0, 9.0)])
def test_a_smooth_lesion_has_the_volume_of_its_ellipsoid(radii: tuple[float, float, float]) -> None:
    mask, _ = grow(shape(radii))
    assert mask.astype(bool).sum() * 0.8 * 1.0 * 1.25 == pytest.approx(4 / 3 * np.pi * np.prod(radii), rel=0.02)


def test_lobulation_keeps_the_volume_roughly() -> None:
    smooth, rough = (grow(shape((15.0, 15.0, 15.0), amount))[0].astype(bool).sum() for amount in (0.0, 0.15))
    assert rough == pytest.approx(smooth, rel=0.35)
    assert rough != smooth


def test_a_metastasis_is_darker_than_its_liver() -> None:
    mask, density = grow(shape((12.0, 12.0, 12.0)))
    assert density[mask == 5].mean() == pytest.approx(60.0, abs=1.0)
    assert (density[mask == 0] == 110.0).all()


@pytest.mark.parametrize("displaces", [False, True])
def test_what_pushes_other_organs_aside_is_all_of_its_own(displaces: bool) -> None:
    """A tumour of the liver beside bowel, with bone that it spares."""
    labels = np.full((40, 40, 40), CODE["liver"], np.uint8)
    labels[:, :, 24:], labels[:, :, 30:] = CODE["bowel_wall"], CODE["cortical_bone"]
    before, mask = labels.copy(), np.zeros_like(labels)
    x, y, z = (np.arange(40, dtype=np.float32) - 20.0 for _ in range(3))
    lesion = LesionShape(LIVER_SITE, (0.0, 0.0, 0.0), (14.0, 14.0, 14.0), 0.0, -50.0)
    host = Host(labels, np.full(labels.shape, 100.0, np.float32), mask, (x, y, z))
    grow_lesion(lesion, host, 1, replace(FORM, displaces=displaces), np.random.default_rng(0))
    assert mask[:, :, 24:30].any() and not mask[:, :, 30:].any()
    assert np.array_equal(labels, np.where(mask > 0, CODE["liver"], before) if displaces else before)


def test_disease_spares_air_ways_and_air() -> None:
    for structure in ("air", "airway_lumen", "artery"):
        assert not grow(shape((10.0, 10.0, 10.0)), structure)[0].any()


@pytest.mark.parametrize(("site", "structure"), [(site, structure) for site in (*DISEASE.sites, *DISEASE.look_alikes)
                                                 for structure in site.structures])
def test_disease_fills_the_tissue_that_it_grows_in(site: Site, structure: str) -> None:
    mask, _ = grow(replace(shape((12.0, 12.0, 12.0)), site=site), structure)
    assert mask.astype(bool).sum() * 0.8 * 1.0 * 1.25 == pytest.approx(4 / 3 * np.pi * 12.0**3, rel=0.02)


def test_disease_from_outside_spares_the_cortex_of_bones() -> None:
    for structure in ("cortical_bone", "thoracic_cortex", "lumbar_cortex", "sacral_cortex"):
        assert not grow(shape((10.0, 10.0, 10.0)), structure)[0].any()


def test_growing_scales_the_diameter() -> None:
    assert shape((10.0, 8.0, 6.0)).scaled(1.5).radii_mm == (15.0, 12.0, 9.0)


@pytest.mark.parametrize("site", DISEASE.sites)
def test_sizes_follow_the_site(site: Site) -> None:
    rng = np.random.default_rng(1)
    axes = [2 * max(random_lesion(site, (0, 0, 0), FORM, rng).radii_mm) for _ in range(400)]
    assert np.median(axes) == pytest.approx(site.long_axis_mm[0], rel=0.2)
    assert min(axes) >= 4.0


@pytest.mark.parametrize("site", [site for site in DISEASE.sites if site.layer == "lymph_node"])
def test_enlarged_nodes_have_a_short_axis_of_10_mm_on_axial_slices(site: Site) -> None:
    """RECIST 1.1: below it a node is normal (Eisenhauer, Eur J Cancer 2009;45:228)."""
    rng = np.random.default_rng(1)
    nodes = [random_lesion(site, (0, 0, 0), FORM, rng) for _ in range(400)]
    assert min(2 * min(node.radii_mm[:2]) for node in nodes) >= 10.0 - 1e-9


@pytest.mark.parametrize("site", DISEASE.look_alikes)
def test_tubes_are_long_and_plates_are_flat(site: Site) -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        short, middle, long = sorted(random_lesion(site, (0, 0, 0), FORM, rng).radii_mm)
        assert (middle < 0.31 * long) == (site.form == "tube")
        assert (short < 0.31 * long) == (site.form != "lump")


def test_a_cavity_of_the_lung_holds_air_and_belongs_to_the_tumour() -> None:
    lung = next(site for site in DISEASE.sites if site.organ == "lung")
    tumour = replace(shape((15.0, 15.0, 15.0)), site=lung, hu=40.0, necrosis=0.6, cavity=True)
    mask, density = grow(tumour, "lung", -840.0)
    assert mask.astype(bool).sum() * 0.8 * 1.0 * 1.25 == pytest.approx(4 / 3 * np.pi * 15.0**3, rel=0.02)
    assert (density[mask == 5] < -800.0).mean() == pytest.approx(0.6**3, abs=0.02)
    assert density[mask == 5].max() > 0.0


def test_osteoblastic_metastases_are_as_dense_as_measured() -> None:
    """Mean density 654 HU, 95 % below 885 HU (Ulano, AJR 2016;207:362), the limit of the rule `too_dense`."""
    site = next(site for site in DISEASE.sites if site.organ == "bone" and site.hu[0] > 200)
    densities = [random_lesion(site, (0, 0, 0), FORM, np.random.default_rng(seed)).hu for seed in range(400)]
    assert np.mean(densities) == pytest.approx(654.0, abs=20.0)
    assert np.percentile(densities, 95) <= 885.0


def test_benign_nodes_stay_below_the_size_of_disease() -> None:
    rng = np.random.default_rng(2)
    nodes = [random_lesion(DISEASE.look_alikes[0], (0, 0, 0), FORM, rng) for _ in range(300)]
    assert np.percentile([2 * sorted(node.radii_mm)[1] for node in nodes], 95) < 10.0
