"""The verbs of the command line: each is a function with its arguments, and this package is all that lists them.

A new verb is one decorated function in a file of this package. Its docstring is its help. It gets the words of the
command and the settings, and returns what is printed as JSON; None prints nothing. What is slow to import is imported
inside: `python -m core work` starts every job.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.registry import import_entries
from core.settings import Settings

Action = Callable[[argparse.Namespace, Settings], Any]


@dataclass(frozen=True)
class Argument:
    """A word or an option of a verb, as argparse takes it."""

    names: tuple[str, ...]
    options: dict[str, Any]


@dataclass(frozen=True)
class Verb:
    """What can be done from the command line."""

    name: str
    action: Action
    arguments: tuple[Argument, ...]

    def add_to(self, parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
        """Declare the verb among those of a parser."""
        added = parsers.add_parser(self.name, help=self.action.__doc__, description=self.action.__doc__)
        for argument in self.arguments:
            added.add_argument(*argument.names, **argument.options)
        added.set_defaults(verb=self.action)


VERBS: dict[str, Verb] = {}
"""Name -> verb, in the order in which the help lists them."""


def argument(*names: str, **options: Any) -> Argument:
    """Return an argument of a verb; what it takes is what `ArgumentParser.add_argument` takes."""
    return Argument(names, options)


def verb(name: str, *arguments: Argument) -> Callable[[Action], Action]:
    """Decorate a function so that `python -m core NAME` calls it; a name that is taken raises ValueError."""
    if name in VERBS:
        raise ValueError(f"There is already a verb named {name!r}.")

    def declare(action: Action) -> Action:
        VERBS[name] = Verb(name, action, arguments)
        return action

    return declare


import_entries(
    __name__, __path__, first=("data", "training", "sweeps", "models", "runs", "sharing", "documents", "stacking")
)
