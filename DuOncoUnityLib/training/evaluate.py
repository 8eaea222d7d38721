"""`python -m DuOncoUnityLib.training.evaluate`: measures a model bundle and writes the tables of docs/model-card.md.

The synthetic hold-out uses seeds that training never draws; the real scans are those that training refuses to read.
Every case is measured by itself and kept in out/evaluate, so that a run goes on where a former one stopped. Nothing may
be chosen or fitted on these cases.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

from DuOncoUnityLib.analysis import OperatingPoint
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.model.bundle import Bundle, default_bundle_dir, load_bundle
from DuOncoUnityLib.training.card_tables import all_tables
from DuOncoUnityLib.training.failure_crops import Cut, draw_cuts, read_cuts
from DuOncoUnityLib.training.hold_out import USUAL
from DuOncoUnityLib.training.judged_cases import EvaluationPlan, Judge, synthetic_cases, synthetic_name
from DuOncoUnityLib.training.real_scans import PUBLISHABLE

REPOSITORY = Path(__file__).resolve().parents[2]
CARD = REPOSITORY / "docs" / "model-card.md"
PICTURES = REPOSITORY / "docs" / "images"
TABLES = ("<!-- tables of make evaluate: begin -->", "<!-- tables of make evaluate: end -->")
COMMAND = "make evaluate"
MOST_SHOWN = {"missed-lesions.webp": 18, "false-proposals-synthetic.webp": 12, "proposals-real.webp": 18}


def evaluate(bundle: Bundle, plan: EvaluationPlan, out: Path, device: str = "auto") -> tuple[str, Judge]:
    """Measure a bundle as far as it was not measured before.

    Args:
        bundle: the model.
        plan: which cases.
        out: folder that keeps what was measured, by model and software.
        device: see `Engine`.

    Returns:
        the tables as Markdown, and the judge that knows where pictures lie.
    """
    judge = Judge(bundle, out, device)
    began = time.monotonic()
    figures = judge.run(plan)
    figures["run"] = {"measured": judge.measured, "seconds": round(time.monotonic() - began)}
    judge.click_folder.mkdir(parents=True, exist_ok=True)
    with replacing(judge.click_folder / "evaluation.json") as temporary:
        temporary.write_text(json.dumps(figures, indent=1) + "\n")
    threshold = OperatingPoint().of(bundle)
    head = (f"`{COMMAND}` with model {bundle.name} {bundle.version} (sha256 {bundle.sha256[:12]}) on {machine()}. "
            "In brackets: 95 % bootstrap intervals.")
    return "\n".join([head, "", *all_tables(figures, threshold)]), judge


def machine() -> str:
    """The size of this machine, without its name."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9 if hasattr(os, "sysconf") else 0.0
    return f"{os.cpu_count()} CPU cores ({platform.machine()}), {memory_gb:.0f} GB"


def write_card(card: Path, text: str) -> None:
    """Put the tables between their marks in the model card."""
    before, rest = card.read_text().split(TABLES[0])
    after = rest.split(TABLES[1])[1]
    with replacing(card) as temporary:
        temporary.write_text(f"{before}{TABLES[0]}\n{text}\n{TABLES[1]}{after}")


def draw_pictures(judge: Judge, plan: EvaluationPlan, folder: Path) -> None:
    """The largest missed synthetic lesions and the surest proposals on the real scans that may be shown.

    Beside the figures of the model: sheets of all proposals shown on each real scan, to be looked at.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [synthetic_name(USUAL, seed, plan.spacing_mm) for condition, seed in synthetic_cases(plan)
             if condition is USUAL]
    sheets = {"missed-lesions.webp": [read_cuts(judge.cuts_of(name, "missed")) for name in names],
              "false-proposals-synthetic.webp": [read_cuts(judge.cuts_of(name, "false")) for name in names],
              "proposals-real.webp": [read_cuts(judge.cuts_of(name, "false")) for name in PUBLISHABLE]}
    for name, sources in sheets.items():
        cuts = list(_in_turn(sources))[:MOST_SHOWN[name]]
        if cuts:
            draw_cuts(folder / name, cuts)
    for path in judge.folder.glob("*-false.npz"):
        cuts = list(read_cuts(path))
        if cuts:
            draw_cuts(path.with_suffix(".webp"), cuts)


def _in_turn(sources: list[Iterator[Cut]]) -> Iterator[Cut]:
    """The first of every source, then the second of every source, ..."""
    return (cut for cut in chain.from_iterable(zip_longest(*sources)) if cut is not None)


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=default_bundle_dir(), help="bundle folder")
    parser.add_argument("--data", type=Path, default=os.environ.get("DUONCO_DATA"),
                        help="folder of real CT (default: $DUONCO_DATA); what is absent is skipped")
    parser.add_argument("--scans", type=int, default=5, help="usual synthetic scans (default: %(default)s)")
    parser.add_argument("--per-condition", type=int, default=1,
                        help="synthetic scans under each other condition (default: %(default)s)")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "out" / "evaluate",
                        help="keeps what was measured (default: out/evaluate)")
    parser.add_argument("--no-card", action="store_true", help="leave docs/ as it is")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Command line of `make evaluate`."""
    wanted = parse_arguments(arguments)
    plan = EvaluationPlan(wanted.scans, wanted.per_condition, data_dir=wanted.data)
    text, judge = evaluate(load_bundle(wanted.model), plan, wanted.out, wanted.device)
    print(text)
    into_docs = wanted.model == default_bundle_dir() and not wanted.no_card
    if into_docs:
        write_card(CARD, text)
    draw_pictures(judge, plan, PICTURES if into_docs else judge.folder / "pictures")


if __name__ == "__main__":
    main()
