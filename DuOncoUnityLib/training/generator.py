"""The numbers from which synthetic patients are drawn, as `configs/generator.toml` holds them.

Every field has the name of its entry there, where meaning and source stand beside the number; `generator_file` reads
them.
"""

from __future__ import annotations

from dataclasses import dataclass

from DuOncoUnityLib.training.distributions import LogNormal, Normal, Range, Sometimes


@dataclass(frozen=True)
class Tissue:
    """Density of one structure, HU."""

    hu: tuple[float, float, float, float]
    patient_sd: float
    texture_sd: float


@dataclass(frozen=True)
class OralContrast:
    """Contrast medium that was drunk, in the parts of the gut that it has reached."""

    reached_share: float
    structures: tuple[str, ...]
    hu: Range
    texture_hu: Range


@dataclass(frozen=True)
class Densities:
    """Densities of all structures, and how persons differ."""

    enhancement: LogNormal
    cortex_above_marrow_hu: float
    unenhanced_blood_hu: Normal
    heart_above_blood_hu: Normal
    texture_grain_mm: float
    unusual_share: float
    unusual_spread: float
    variable_organs: tuple[str, ...]
    oral_contrast: OralContrast
    tissues: dict[str, Tissue]


@dataclass(frozen=True)
class Bodies:
    """Size, fat, muscle, posture and the place of organs."""

    female_share: float
    male_size: Normal
    female_size: Normal
    stoutness: Normal
    depth: Normal
    male_height: Normal
    female_height: Normal
    arms_down_share: float
    fat_mm: LogNormal
    fat_limits_mm: Range
    muscle: Range
    organ_shift_sd_mm: tuple[float, float, float]
    organ_shift_limits_mm: Range
    organ_shift_parts: dict[str, float]
    organ_size: Normal
    organ_size_limits: Range
    gallbladder_share: float
    small_bowel_shares: dict[str, float]
    colon_shares: dict[str, float]


@dataclass(frozen=True)
class Site:
    """A place where disease grows.

    Attributes:
        organ: key of `terminology.ORGANS`.
        layer: "lesion", "lymph_node", or "benign" for what only looks like disease.
        structures: where centres may lie.
        long_axis_mm: median and 95th percentile of the long axis.
        hu: range of the mean; relative to the host where `relative`.
        weight: how often, relative to the other sites.
        confined: stays within its structures, as a node does that displaces the fat around it.
        form: "lump", "tube" or "plate".
    """

    organ: str
    layer: str
    long_axis_mm: Range
    hu: Range
    relative: bool
    confined: bool
    weight: float
    structures: tuple[str, ...]
    form: str


@dataclass(frozen=True)
class Disease:
    """Where disease and its look-alikes grow."""

    sites: tuple[Site, ...]
    look_alikes: tuple[Site, ...]
    mass: Site


@dataclass(frozen=True)
class Lesions:
    """Form and look of a lesion.

    Attributes:
        displaces: what grows beyond its structures pushes other organs aside: it is all of its own. Else what it takes
            of them stays theirs.
    """

    displaces: bool
    limits_mm: Range
    smallest_node_mm: float
    breadth: Range
    height: Range
    tube_breadth: Range
    plate_height: Range
    plate_turn_sd_rad: float
    upright_node_share: float
    lobulation: Range
    node_lobulation: Range
    turn_sd_rad: float
    node_turn_sd_rad: float
    spicules: Sometimes
    edge_mm: Sometimes
    rim_hu: Sometimes
    necrosis: Sometimes
    necrotic_above_mm: float
    necrosis_hu: Range
    cavity_share: float
    cavity_hu: Range
    texture_hu: Sometimes
    fine_texture_sd_hu: float
    calcified_share: float
    calcification_hu: Range
    smallest_contrast_hu: float
    visible_share: float
    visible_contrast_hu: float


@dataclass(frozen=True)
class Scanners:
    """Scan protocols, and what surrounds the patient."""

    oral_contrast_share: float
    phase_shares: dict[str, float]
    noise_hu: LogNormal
    noise_grain_mm: Range
    blur_mm: Range
    slices_mm: tuple[float, ...]
    slice_distance: Range
    every_slice_share: float
    table_share: float
    table_shift_sd_mm: float
    real_background_noise_hu: Range


@dataclass(frozen=True)
class Count:
    """A number of findings: at least so many, and a Poisson-distributed number of further ones."""

    least: int
    further_mean: float


@dataclass(frozen=True)
class ElasticBand:
    """Smooth displacements of one wavelength."""

    wavelength_mm: float
    amplitude_mm: Range


@dataclass(frozen=True)
class ContextErrors:
    """How wrong the lesion network is told about the organs (`told_organs`)."""

    whole_lesion_share: float
    near_voxels: int
    shift_voxels: int
    smooth_share: float
    wrong_at_disease_share: float
    wrong_grain_voxels: float
    wrong_sd: float
    missed_organ_share: float
    wrong_elsewhere_share: float
    wrong_elsewhere_sd: float
    organs_elsewhere_hu: Normal


@dataclass(frozen=True)
class Lean:
    """Bodies with little fat between the viscera (`lean.fill_fat`)."""

    share: float
    reach_mm: Range
    structures: tuple[str, ...]


@dataclass(frozen=True)
class Patches:
    """Training patches: where they lie, how they are deformed, what they hold."""

    at_site_share: float
    centre_shares: dict[str, float]
    turn_sd_deg: float
    size_sd: float
    stretch_sd: float
    elastic: tuple[ElasticBand, ...]
    look_alike_share: float
    look_alikes: Count
    lesions: Count
    few_lesions_mm: float
    most_lesions: float
    largest_lesion_mm: float
    cropped_share: float
    lean: Lean
    context: ContextErrors


@dataclass(frozen=True)
class RandomTissue:
    """Blobs without anatomy."""

    tissues: tuple[int, int]
    grain_voxels: Range
    soft_hu: Range
    light_share: float
    light_hu: Range
    dense_share: float
    dense_hu: Range
    texture_hu: Range


@dataclass(frozen=True)
class Neighbours:
    """Structures beside a lesion that look like it: only form and thin gaps tell them apart."""

    share: float
    most: int
    gap_mm: Range
    breadth: Range
    elongation: Range
    hu: Normal


@dataclass(frozen=True)
class SecondPart:
    """A part of a lesion of another density than the rest."""

    share: float
    size: Range
    shift: float
    hu: Range


@dataclass(frozen=True)
class Clicks:
    """Samples of the click network."""

    random_tissue_share: float
    view_sd: float
    largest_noise_hu: float
    others_mean: float
    centre_jitter_voxels: int
    smallest_mm: float
    smallest_voxels: float
    largest_voxels: float
    off_centre: float
    mass_share: float
    confluent_share: float
    confluent_size: Range
    confluent_shift: Range
    more_positive_share: float
    negative_share: float
    negative_distance_voxels: Range
    cropped_share: float
    narrow_window_share: float
    narrow_window_hu: Range
    neighbours: Neighbours
    second_part: SecondPart
    random_tissue: RandomTissue


@dataclass(frozen=True)
class Scans:
    """Disease in whole scans."""

    lesions: tuple[int, int]
    look_alikes: tuple[int, int]
    lesion_limits_mm: Range
    lesion_distance_mm: float
    lesion_inside: float
    bone_lesion_inside: float


@dataclass(frozen=True)
class FollowUp:
    """What happens between two scans of a patient."""

    growth: Normal
    largest_growth: float
    breathing_mm: float
    bladder: float
    fat: float
    noise_hu: float


@dataclass(frozen=True)
class Metal:
    """Density of metal and of its streaks."""

    hu: float
    streak_hu: float


@dataclass(frozen=True)
class Generator:
    """All numbers of the synthetic patients."""

    densities: Densities
    bodies: Bodies
    disease: Disease
    lesions: Lesions
    scanners: Scanners
    patches: Patches
    clicks: Clicks
    scans: Scans
    follow_up: FollowUp
    metal: Metal
