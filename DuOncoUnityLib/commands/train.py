"""`duonco-unity train --config CONFIG --out DIR`: train or fine-tune a network and make a model of it."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.progress import Progress

NAME = "train"
HELP = "train a network, or fine-tune one on your own cases, and make a model of it"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, required=True, metavar="CONFIG",
                        help="what is trained (JSON, see docs/training.md)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="folder of the training; the same folder again resumes it. DIR/bundle becomes the model")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with phantoms/ and ct/ (default: none)")
    parser.add_argument("--bundle", type=Path, metavar="BUNDLE",
                        help="model that gives the other networks, and the weights to start from where the "
                             "configuration says so (default: the bundled model)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto",
                        help="where to compute (default: auto)")
    parser.add_argument("--workers", type=int, default=1, metavar="N",
                        help="processes that make samples; 0 makes them between the steps (default: %(default)s)")
    parser.add_argument("--validate-every", type=int, default=200, metavar="STEPS",
                        help="steps between two measurements (default: %(default)s)")


def run(args: Namespace, progress: Progress) -> None:
    """Train to the end of the schedule, draw the curve and write the model."""
    from DuOncoUnityLib.errors import DuOncoError, ExitCode

    if args.workers < 0 or args.validate_every < 1:
        raise DuOncoError("Workers must be 0 or more, steps between measurements 1 or more.", exit_code=ExitCode.USAGE)
    try:
        import monai  # noqa: F401
    except ImportError as error:
        raise DuOncoError('Training needs MONAI: pip install "duonco-unity[training]".',
                          exit_code=ExitCode.USAGE) from error
    from DuOncoUnityLib.model.bundle import default_bundle_dir, load_bundle
    from DuOncoUnityLib.model.device import choose_device
    from DuOncoUnityLib.model.engine import Engine
    from DuOncoUnityLib.training.network import load_config
    from DuOncoUnityLib.training.own_cases import prepare
    from DuOncoUnityLib.training.replace_network import replace_network, weights_of
    from DuOncoUnityLib.training.train import train
    from DuOncoUnityLib.training.validation import LOG, Observer, Validation

    config = load_config(args.config)
    base = args.bundle or default_bundle_dir()
    bundle = load_bundle(base)
    device = choose_device(args.device).type
    cases_dir = None
    if config.cases:
        cases_dir = prepare(args.config.parent / config.cases, config, Engine(bundle, device), args.out / "cases",
                            progress.part(0.0, 0.05))
    progress.update("Preparing the bodies", 0.05)
    cache = args.out.parent / "bank"
    observer = Observer(Validation(config, cache), args.out, args.validate_every)
    start = weights_of(base, config.network) if config.start_from == "bundle" else None
    checkpoint = train(args.config, args.out, progress.part(0.05, 0.97), data_dir=args.data, device=device,
                       workers=args.workers, cases_dir=cases_dir, start=start, observe=observer)
    progress.update("Writing the model", 0.97)
    log = args.out / LOG
    last = json.loads(log.read_text().splitlines()[-1]) if log.exists() else {}
    folder = replace_network(base, checkpoint, args.out / "bundle", cache=cache, data_dir=args.data,
                             cases_dir=cases_dir, figures=last)
    progress.update("Done", 1.0)
    if args.progress != "json":
        print(f"Model written to {folder}. It was measured on synthetic patches only: {folder / 'README.md'}")
