"""From the network's own probability to one that means what it says, as fitted by `training.calibrate`.

Format: the optional entry "lesion_confidence" of bundle.json. The confidence of a proposal is the logistic function of
its layer's intercept plus the sum of weight times feature:

    {"intercepts": {"lesion": -1.2, "lymph_node": -2.0},
     "weights": {"lesion": {"mean_logit": 0.4, "peak_logit": 0.3, "log10_volume_ml": 0.8, "roundness": 5.0,
                            "rim_logit": -0.7, "gut_share": -3.0, "in_kidney": -2.0, "dense_outside_bone": -2.0,
                            "blood_likeness": -2.0, "same_density_around": -0.2, "core_logit": 0.5,
                            "around_logit": 0.3, "hollow_around": -2.0, "log10_spread_hu": -4.0, "upper_100_hu": -1.0,
                            "organ_contrast_100_hu": 4.0},
                 "lymph_node": {...}},
     "thresholds": {"low": 0.71, "default": 0.42, "high": 0.2},
     "measured": {...}}

A feature without a weight does not count; those in `RISING` never count against a lesion. Weights that are not told
apart by layer, as until 0.11.0, are those of both. `thresholds` are the operating points by sensitivity; `measured`
says on what they were chosen and is for readers only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from DuOncoUnityLib.terminology import Layer

FEATURES = ("mean_logit", "peak_logit", "log10_volume_ml", "roundness", "rim_logit", "gut_share", "in_kidney",
            "dense_outside_bone", "blood_likeness", "same_density_around", "core_logit", "around_logit",
            "hollow_around", "log10_spread_hu", "upper_100_hu", "organ_contrast_100_hu")
RISING = ("mean_logit", "peak_logit", "core_logit")
SENSITIVITIES = ("low", "default", "high")
LAYERS = (Layer.LESION.value, Layer.LYMPH_NODE.value)


@dataclass(frozen=True)
class Calibration:
    """A fitted calibration.

    Attributes:
        intercepts: by layer.
        weights: by layer and feature (`FEATURES`): what tells a node from a vessel is not what tells a tumour from its
            organ. The confidence rises with the network's probability, mean and peak.
        thresholds: lowest confidence that is shown, by sensitivity (`SENSITIVITIES`).
    """

    intercepts: dict[str, float]
    weights: dict[str, dict[str, float]]
    thresholds: dict[str, float]

    def confidence(self, layer: str, features: dict[str, float]) -> float:
        """Probability, 0 to 1, that a proposal with these features is disease."""
        weights = self.weights[layer]
        score = self.intercepts[layer] + sum(weights[name] * features[name] for name in FEATURES)
        return 0.5 + 0.5 * math.tanh(score / 2.0)  # the logistic function, which never overflows in this form


def read_calibration(entry: dict[str, Any]) -> Calibration:
    """The calibration in an entry of bundle.json.

    Raises:
        KeyError, TypeError, ValueError: the entry is incomplete or makes no sense.
    """
    given = entry["weights"]
    weights = {layer: {name: float(given.get(layer, given).get(name, 0.0)) for name in FEATURES} for layer in LAYERS}
    intercepts, thresholds = ({name: float(entry[part][name]) for name in names}
                              for part, names in (("intercepts", LAYERS), ("thresholds", SENSITIVITIES)))
    numbers = [*intercepts.values(), *(number for of_layer in weights.values() for number in of_layer.values())]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("calibration with infinite numbers")
    if min(weights[layer][name] for layer in LAYERS for name in RISING) < 0:
        raise ValueError("calibration that falls with the probability")
    if not 0.0 <= thresholds["high"] <= thresholds["default"] <= thresholds["low"] <= 1.0:
        raise ValueError("thresholds out of order")
    return Calibration(intercepts, weights, thresholds)
