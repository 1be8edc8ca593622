"""How strategies, losses, models and splits are declared: each is one entry, and everything else reads the entries."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from core.errors import BadInput


@dataclass(frozen=True)
class Param:
    """One number that a user may set; its type is the type of its default (int or float)."""

    name: str
    default: int | float
    low: int | float
    high: int | float
    help: str
    filled_in: bool = False
    """Nobody chooses it: the program fills it in, and it is part of a run's record."""

    def settle(self, value: Any) -> int | float:
        """Return `value` as this parameter's type, or raise BadInput naming the parameter, its range and the value."""
        kind = type(self.default)
        try:
            number = kind(value)
            exact = float(number) == float(value)
        except (TypeError, ValueError, OverflowError):
            exact = False
        if not exact or not self.low <= number <= self.high:
            what = "a whole number" if kind is int else "a number"
            raise BadInput(f"{self.name} must be {what} from {self.low} to {self.high}, not {value!r}.")
        return number


@dataclass(frozen=True)
class Choice:
    """One entry of a menu: what it is called, what it does, where it comes from, and how it is built."""

    name: str
    title: str
    summary: str
    source: str
    params: tuple[Param, ...]
    build: Callable[..., Any]
    iterative: bool = True
    """For models: learns epoch by epoch with a loss; a model that only memorises has no use for either."""
    frozen: bool = False
    """For models: what it sees of an image is computed once and kept, so no image is shown in two forms."""
    needs: tuple[str, ...] = ()
    """For sampling strategies: what the builder is given beside labels, generator and parameters (`images`)."""
    defaults: Mapping[str, int | float] = field(default_factory=dict)
    """For models: other defaults of common parameters, by `owner.name` (`training.epochs`), that suit this one."""

    def settle(self, values: Mapping[str, Any]) -> dict[str, int | float]:
        """Return every parameter's value, defaults filled in; an unknown name raises and lists the known ones."""
        known = {param.name: param for param in self.params}
        for name in values:
            if name not in known:
                names = ", ".join(known) or "none"
                raise BadInput(f"{self.name} has no parameter {name!r}; its parameters: {names}.")
        return {name: param.settle(values.get(name, param.default)) for name, param in known.items()}

    def describe(self) -> dict[str, Any]:
        """Return the entry as plain data, for JSON and for documentation."""
        params = [
            {"name": p.name, "default": p.default, "low": p.low, "high": p.high, "help": p.help} for p in self.params
        ]
        return {
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "source": self.source,
            "parameters": params,
        }


@dataclass
class Registry:
    """The entries of one kind, in the order in which menus show them."""

    kind: str
    default: str
    """The entry that a menu starts with."""
    _entries: dict[str, Choice] = field(default_factory=dict)

    def add(
        self,
        name: str,
        *,
        title: str,
        summary: str,
        source: str,
        params: tuple[Param, ...] = (),
        iterative: bool = True,
        frozen: bool = False,
        needs: tuple[str, ...] = (),
        defaults: Mapping[str, int | float] = MappingProxyType({}),
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a function so that it builds the entry `name`; a name that is taken raises ValueError."""
        if name in self._entries:
            raise ValueError(f"There is already a {self.kind} named {name!r}.")

        def declare(build: Callable[..., Any]) -> Callable[..., Any]:
            self._entries[name] = Choice(
                name, title, summary, source, params, build, iterative, frozen, needs, defaults
            )
            return build

        return declare

    def __getitem__(self, name: str) -> Choice:
        """Return the entry (a hyphen counts as an underscore), or raise BadInput listing the known names."""
        try:
            return self._entries[name.replace("-", "_")]
        except KeyError:
            known = ", ".join(self._entries)
            raise BadInput(f"There is no {self.kind} named {name!r}; there are: {known}.") from None

    def __iter__(self) -> Iterator[Choice]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def names(self) -> list[str]:
        """Return the names in menu order."""
        return list(self._entries)


def import_entries(package: str, path: list[str], first: tuple[str, ...] = ()) -> None:
    """Import every module of a package, so that a new file's entries appear by being there.

    Menus show entries as they are imported: those of the modules in `first` before all others.
    """
    found = {module.name for module in pkgutil.iter_modules(path)}
    for name in [*first, *sorted(found.difference(first))]:
        importlib.import_module(f"{package}.{name}")
