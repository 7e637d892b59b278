"""The way in: says what is missing before anything that may be missing is imported."""

import importlib
import sys


def main() -> None:
    """Run the command line; exits with 0, with 1 when the work failed, with 2 when it was asked wrongly."""
    try:
        frame = importlib.import_module("tocsin.cli.frame")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] == "tocsin":
            raise
        sys.exit(
            f"tocsin: the commands need the server part, which is not installed ({missing.name} is missing); "
            'install it with: pip install "tocsin[server]"'
        )
    frame.run(sys.argv[1:])
