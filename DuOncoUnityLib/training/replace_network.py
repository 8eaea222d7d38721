"""A bundle in which one network was trained further, with a card that says so."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.model.bundle import load_bundle
from DuOncoUnityLib.model.weights_file import weights_name
from DuOncoUnityLib.training.export import describe, load_state, provenance_of, software_versions, write_weights
from DuOncoUnityLib.training.train import SampleStream, averaged_network

CARD = "README.md"


def replace_network(base: Path, checkpoint: Path, out: Path, *, cache: Path, data_dir: Path | None = None,
                    cases_dir: Path | None = None, figures: dict[str, float] | None = None) -> Path:
    """Write a bundle that is another one but for a trained network.

    The calibration of the confidence is left out unless the click network is replaced, since it was fitted to what the
    former networks propose (`training.calibrate` fits a new one).

    Args:
        base: the other bundle.
        checkpoint: of the training.
        out: folder of the new bundle; bundle.json appears last.
        cache, data_dir, cases_dir: as in `train`, to measure the batch-norm statistics of the averaged weights.
        figures: of the last validation, for the card.

    Raises:
        DuOncoError: a bundle that does not fit together, or weights that are not finite.
    """
    load_bundle(base)
    document: dict[str, Any] = json.loads((base / "bundle.json").read_text(encoding="utf-8"))
    state = load_state(checkpoint)
    name = state.config.network
    network = averaged_network(state, SampleStream(state.config, cache, data_dir, cases_dir=cases_dir))
    out.mkdir(parents=True, exist_ok=True)
    for other, entry in document["networks"].items():
        if other != name:
            shutil.copyfile(base / entry["weights"], out / entry["weights"])
    weights = write_weights(network, out / weights_name(name))
    document["networks"][name] = describe(state.config, weights)
    document["version"] = f"{document['version'].split('+')[0]}+{name}.{state.step}"
    if name != "click":
        document.pop("lesion_confidence", None)
    training = document.setdefault("training", {})
    training.setdefault("networks", {})[name] = provenance_of(state)
    training["date"], training["software"] = time.strftime("%Y-%m-%d"), software_versions()
    with replacing(out / CARD) as temporary:
        temporary.write_text(card_text(document, name, figures or {}), encoding="utf-8")
    with replacing(out / "bundle.json") as temporary:
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    load_bundle(out)
    return out


def weights_of(bundle: Path, network: str) -> Path:
    """The file with the weights of a network of a bundle.

    Raises:
        DuOncoError: the bundle has no such network.
    """
    entry = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["networks"].get(network)
    if entry is None:
        raise DuOncoError(f"The model to start from has no {network} network.", exit_code=ExitCode.BAD_MODEL)
    return bundle / str(entry["weights"])


def card_text(document: dict[str, Any], name: str, figures: dict[str, float]) -> str:
    """The model card of such a bundle."""
    made = document["training"]["networks"][name]
    config = made["configuration"]
    drawn = f", drawn from the numbers of {config['generator']}" if config["generator"] else ""
    own = f"Synthetic patients alone{drawn}."
    if config["cases"]:
        own = (f"Own cases of the list {config['cases']} make {config['case_share']:.0%} of the samples; their terms "
               f"are those of whoever gave them. The other samples are synthetic{drawn}.")
    measured = [f"| {key.removeprefix('dice_').replace('_', ' ')} | {value:.3f} |" for key, value in figures.items()
                if key.startswith("dice_")]
    table = ["| Class | Dice |", "|---|---|", *measured] if measured else ["Not measured."]
    fit = (", and fit its confidence (`python -m DuOncoUnityLib.training.calibrate`). Until then the confidence is the "
           "network's mean probability.")
    return "\n".join([
        f"# Model card: {document['name']} {document['version']}", "",
        "Research use; not for diagnosis, not for any decision about a patient. Every result is a proposal.",
        "", "## What was trained",
        f"The {name} network: {made['steps']} steps, {made['patches']} patches, seed {made['seed']}, "
        f"{made['hours']} h. "
        "The other networks are those of the bundle that it started from. `bundle.json` holds the whole configuration.",
        "", "## Training data", own, "", "## Results",
        "Synthetic validation patches of persons that training never draws (`duonco-unity train`):", "", *table, "",
        "This says that the training went well, not how good the model is on patients: measure it on cases of your "
        f"own that it has not seen (`duonco-unity evaluate`){'.' if name == 'click' else fit}", ""])
