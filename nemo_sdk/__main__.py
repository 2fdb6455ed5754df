"""The command line: `nemo-sdk …`, or `python -m nemo_sdk …`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, and exit with its code."""
    try:
        from ._cli.commands import run  # noqa: PLC0415 - the extra may be missing

        sys.exit(run())
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit("The command line needs more packages: pip install 'nemo-sdk[cli]'")
    except KeyboardInterrupt:  # before or after the command itself
        sys.exit(130)


if __name__ == "__main__":
    main()
