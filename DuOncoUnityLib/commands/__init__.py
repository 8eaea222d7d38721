"""The sub-commands of `duonco-unity`, one module each: NAME, HELP, add_arguments(parser), run(args, progress)."""
