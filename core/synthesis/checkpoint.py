"""A checkpoint: one file with all tensors and numbers that the next step depends on, replaced in one piece."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from core.errors import BadInput
from core.storage import write_whole
from core.synthesis.adversaries import Adversaries

NAME = "checkpoint.safetensors"


@dataclass
class Standing:
    """Where a training stands, apart from its networks."""

    created: float
    """Unix seconds of its first start."""
    seconds: float = 0.0
    """How long it took so far, all sittings together."""
    history: list[dict[str, float]] = field(default_factory=list)
    """`epoch`, `discriminator_loss`, `generator_loss`, `told_right` and `seconds`, one dict an epoch."""
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Of the epoch under way: both losses and the share told right, over its steps."""
    n_summed: int = 0

    def add(self, results: tuple[float, float, float]) -> None:
        """Count one step's results."""
        self.sums = [total + result for total, result in zip(self.sums, results, strict=True)]
        self.n_summed += 1

    def close_epoch(self) -> None:
        """Put the means of the epoch under way into the history."""
        names = ("discriminator_loss", "generator_loss", "told_right")
        means = {name: total / self.n_summed for name, total in zip(names, self.sums, strict=True)}
        spent = self.seconds - sum(row["seconds"] for row in self.history)
        self.history.append({"epoch": len(self.history) + 1, **means, "seconds": spent})
        self.sums, self.n_summed = [0.0, 0.0, 0.0], 0


def save_checkpoint(folder: Path, adversaries: Adversaries, standing: Standing) -> None:
    """Replace the checkpoint in `folder`."""
    plain = {"standing": asdict(standing), "n_steps": adversaries.n_steps, "rng": adversaries.rng.bit_generator.state}
    tensors, words = adversaries.state(), {"plain": json.dumps(plain)}
    write_whole(folder / NAME, lambda path: save_file(tensors, path, words))


def load_checkpoint(folder: Path, adversaries: Adversaries) -> Standing | None:
    """Bring `adversaries` to where the checkpoint left them; return None where there is none.

    Raises:
        BadInput: the file is damaged or of other networks.
    """
    if not (folder / NAME).is_file():
        return None
    try:
        with safe_open(folder / NAME, framework="pt") as file:
            plain = json.loads(file.metadata()["plain"])
            adversaries.load({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 (it is no dict)
        adversaries.rng.bit_generator.state = plain["rng"]
        adversaries.n_steps = plain["n_steps"]
        return Standing(**plain["standing"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise BadInput(f"The checkpoint in {folder} is damaged; delete that folder and start again.") from error
