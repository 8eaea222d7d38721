"""The choices that RECIST 1.1 leaves to the protocol, as options of the commands that need them."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace

from DuOncoUnityLib.response.recist import RecistSettings


def add_recist_arguments(parser: ArgumentParser) -> None:
    """Declare the options; the defaults are those of `RecistSettings`."""
    default = RecistSettings()
    group = parser.add_argument_group("RECIST 1.1, where the protocol decides")
    group.add_argument("--pr-persists", action=BooleanOptionalAction, default=default.partial_response_persists,
                       help="a partial response lasts until the growth from the nadir is progression")
    group.add_argument("--gap-between-responses", action=BooleanOptionalAction, default=default.gap_between_responses,
                       help="one SD or NE between two PR does not break the confirmation")
    group.add_argument("--disease-after-cr-is-pd", action=BooleanOptionalAction,
                       default=default.disease_after_cr_is_progression,
                       help="any disease after a complete response is progression")
    group.add_argument("--confirm-days", type=int, default=default.confirm_days, metavar="DAYS",
                       help="least time between a response and its confirmation (default: %(default)s)")
    group.add_argument("--min-sd-days", type=int, default=default.min_sd_days, metavar="DAYS",
                       help="least time from baseline to stable disease as best response (default: %(default)s)")


def recist_settings(args: Namespace) -> RecistSettings:
    """The chosen settings."""
    return RecistSettings(args.pr_persists, args.gap_between_responses, args.disease_after_cr_is_pd,
                          confirm_days=args.confirm_days, min_sd_days=args.min_sd_days)
