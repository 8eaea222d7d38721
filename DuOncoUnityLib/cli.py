"""The command `duonco-unity`: every task of the library from a terminal or a script."""

from __future__ import annotations

import argparse
import errno
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from DuOncoUnityLib import __version__
from DuOncoUnityLib.commands import (
    analyze,
    bor,
    compare,
    demo,
    evaluate,
    measure,
    propose,
    register,
    response,
    segment_lesion,
    series,
    train,
)
from DuOncoUnityLib.console import JsonLines, ProgressBar
from DuOncoUnityLib.errors import Cancelled, DuOncoError, ExitCode
from DuOncoUnityLib.log import default_log_path, start_log
from DuOncoUnityLib.progress import Progress

_COMMANDS = (series, analyze, measure, propose, segment_lesion, compare, register, response, bor, evaluate, train, demo)
_EXIT_CODES = """\
exit codes:
  0  done                      4  the model cannot be used
  1  unexpected failure        5  the result cannot be written
  2  wrong use of the command  6  not enough memory
  3  the input cannot be used  130  stopped by the user

Research use, not a medical device. Nothing is sent over the network."""


def build_parser() -> argparse.ArgumentParser:
    """The parser with all sub-commands."""
    parser = argparse.ArgumentParser(
        prog="duonco-unity", description="Whole-body tumour burden and body composition from CT.",
        epilog=_EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"duonco-unity {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        sub = subparsers.add_parser(command.NAME, help=command.HELP, description=command.HELP, epilog=_EXIT_CODES,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
        command.add_arguments(sub)
        sub.add_argument("--progress", choices=("bar", "json", "none"), default="bar",
                         help="how to show progress (default: bar)")
        sub.add_argument("--log", type=Path, default=default_log_path(), help="log file (default: %(default)s)")
        sub.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (`errors.ExitCode`)."""
    args = build_parser().parse_args(argv)
    log_path = start_log(args.log, private_paths=_paths_in(args))
    view = {"bar": ProgressBar, "json": JsonLines, "none": None}[args.progress]
    shown = view() if view else None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C: results are swapped in whole
    try:
        args.run(args, Progress(shown))
        code, message = ExitCode.OK, ""
    except DuOncoError as error:
        logging.getLogger(__name__).error("%s %s", error.message, error.details, exc_info=error.__cause__)
        code, message = error.exit_code, error.message
    except KeyboardInterrupt:
        code, message = ExitCode.CANCELLED, Cancelled().message
    except MemoryError:
        logging.getLogger(__name__).exception("out of memory")
        code, message = ExitCode.OUT_OF_RESOURCES, "There is not enough memory for this scan."
    except Exception as error:
        logging.getLogger(__name__).exception("unexpected failure")
        code, message = _explain(error)
        if log_path:
            message += f" Details are in the log: {log_path}"
    if shown:
        shown.close()
    _report_end(code, message, shown)
    return int(code)


def _report_end(code: ExitCode, message: str, shown: ProgressBar | JsonLines | None) -> None:
    if isinstance(shown, JsonLines):
        shown.write({"done": True} if code is ExitCode.OK else {"error": message})
    if message:
        print(message, file=sys.stderr)


def _explain(error: Exception) -> tuple[ExitCode, str]:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExitCode.CANNOT_WRITE, "The disk is full; nothing was changed."
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ExitCode.CANNOT_WRITE, "A file or folder may not be read or written; nothing was changed."
    return ExitCode.UNEXPECTED, "Something went wrong that should not; nothing was changed."


def _paths_in(args: argparse.Namespace) -> list[str]:
    values = [value for name, value in vars(args).items() if name != "log"]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [str(item) for item in flat if isinstance(item, Path)]
