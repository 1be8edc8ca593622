"""The same verbs without a browser: JSON on stdout, progress on stderr, errors as one line and exit code 2."""

import argparse
import sys

from pydantic import ValidationError

from core.commands import VERBS
from core.commands.console import Parser, print_json, refuse, write_any_text
from core.errors import BadInput
from core.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return the exit code: 0, 2 for what cannot be used, 130 for an interrupt, 141 for a cut pipe."""
    try:
        options = _parser().parse_args(arguments)
        result = options.verb(options, _settings())
        if result is not None:
            print_json(result)
    except BadInput as problem:
        return refuse(str(problem))
    except BrokenPipeError:  # whoever reads has enough, as `head` has
        return 128 + 13  # as a shell says of a program that this signal ended
    except OSError as error:
        return refuse(f"{error.filename or 'a file'} cannot be used: {error.strerror or error}.")
    except KeyboardInterrupt as stop:
        print(f"stopped; {' '.join(getattr(stop, '__notes__', [])) or 'nothing half-done is kept'}", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser("python -m core", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS.values():
        verb.add_to(verbs)
    return parser


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"NAVARASA_{str(first['loc'][0]).upper()} is not usable: {first['msg']}.") from None


if __name__ == "__main__":
    write_any_text()
    sys.exit(main())
