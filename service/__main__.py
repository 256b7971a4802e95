"""The program `cpas-onem`, also `python -m service`."""

import sys

from service.cli import app


def main() -> None:
    """Run the command line; a fault outside our hands (a server that is away) ends with a sentence, not a traceback."""
    try:
        app()
    except OSError as error:
        print(
            f"{type(error).__name__}: {error.strerror or 'no connection'}. `cpas-onem doctor` says more.",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
