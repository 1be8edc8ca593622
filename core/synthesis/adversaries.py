"""The two networks while they learn from each other: one step, what a checkpoint keeps, and what the average makes."""

import copy

import numpy as np
import torch
from torch import Tensor, nn

from core.synthesis.config import SynthesisConfig
from core.synthesis.differentiable import augment
from core.synthesis.material import Material
from core.synthesis.networks import (
    LATENT,
    Discriminator,
    Generator,
    discriminator_loss,
    follow,
    generator_loss,
)
from core.training import best_device

_BETAS = (0.0, 0.99)
_LEAD = 3
"""How much faster the discriminator learns (Heusel et al. 2017)."""
_MEMORY = 0.995
"""How much of the averaged generator stays at each step; less in the first steps, where nothing is worth keeping."""
_MADE_AT_ONCE = 256
_OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")
_NETWORKS = ("generator", "discriminator", "average")


class Adversaries:
    """Generator, discriminator, the generator's running average and all that they need to go on."""

    def __init__(self, config: SynthesisConfig, material: Material) -> None:
        self.material, self.params, self.device = material, config.params, best_device()
        self.rng = np.random.default_rng(config.seed)
        self.random = torch.Generator().manual_seed(config.seed)
        """Latents and augmentation; on the processor whatever the device is, so that a checkpoint can keep it."""
        with torch.random.fork_rng():  # layers draw their first weights from torch's own generator
            torch.manual_seed(config.seed)
            networks = [network(len(material.classes), self.params["width"]) for network in (Generator, Discriminator)]
        self.generator, self.discriminator = (self._placed(network) for network in networks)
        self.average = copy.deepcopy(self.generator).requires_grad_(False).eval()
        self.generator_optimizer, self.discriminator_optimizer = (
            torch.optim.Adam(network.parameters(), betas=_BETAS) for network in (self.generator, self.discriminator)
        )
        self.n_steps = 0
        self._pools = [np.flatnonzero(material.targets == target) for target in range(len(material.classes))]
        self._chances = material.chances()

    def step(self) -> tuple[float, float, float]:
        """Learn from one batch; return both losses and the share of pictures that the discriminator told right."""
        self._set_rates()
        real, classes = self._batch()
        made = self.generator(torch.randn(len(real), LATENT, generator=self.random).to(self.device), classes)

        # The discriminator learns to tell them apart.
        shown = self._changed(torch.cat([real, made.detach()]))
        real_scores, made_scores = self.discriminator(shown, torch.cat([classes, classes])).chunk(2)
        loss = discriminator_loss(real_scores, made_scores)
        self._descend(self.discriminator_optimizer, loss)
        told_right = ((real_scores > 0).float().mean() + (made_scores < 0).float().mean()) / 2

        # The generator learns to pass.
        self.discriminator.requires_grad_(False)
        passing = generator_loss(self.discriminator(self._changed(made), classes))
        self._descend(self.generator_optimizer, passing)
        self.discriminator.requires_grad_(True)

        # The average follows.
        follow(self.average, self.generator, min(_MEMORY, (1 + self.n_steps) / (10 + self.n_steps)))
        self.n_steps += 1
        return loss.item(), passing.item(), told_right.item()

    def make(self, classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a picture of each class (positions in `material.classes`) by the averaged generator, uint8."""
        latents = rng.standard_normal((len(classes), LATENT), dtype=np.float32)
        made = []
        for start in range(0, len(classes), _MADE_AT_ONCE):
            part = slice(start, start + _MADE_AT_ONCE)
            with torch.no_grad():
                told = torch.from_numpy(classes[part]).to(self.device)
                made.append(to_bytes(self.average(torch.from_numpy(latents[part]).to(self.device), told)))
        return np.concatenate(made)

    def state(self) -> dict[str, Tensor]:
        """Return copies of all tensors that the next step depends on; `rng` and `n_steps` stand beside them."""
        state = {"random": self.random.get_state()}
        for name in _NETWORKS:
            state |= {f"{name}.{key}": value for key, value in getattr(self, name).state_dict().items()}
        for name in _OPTIMIZERS:
            for number, kept in getattr(self, name).state_dict()["state"].items():
                state |= {f"{name}.{number}.{key}": value for key, value in kept.items()}
        return {name: value.cpu().clone(memory_format=torch.contiguous_format) for name, value in state.items()}

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state()` gave; one of other networks raises KeyError or RuntimeError."""
        self.random.set_state(state["random"])
        for name in _NETWORKS:
            getattr(self, name).load_state_dict(_below(state, name))
        for name in _OPTIMIZERS:
            optimizer, kept = getattr(self, name), _below(state, name)
            [group] = optimizer.state_dict()["param_groups"]
            numbered = {number: _below(kept, str(number)) for number in group["params"]} if kept else {}
            optimizer.load_state_dict({"state": numbered, "param_groups": [group]})
            for parameter, own in optimizer.state.items():  # laid out in memory as if it had never been away
                own |= {key: torch.empty_like(parameter).copy_(own[key]) for key in ("exp_avg", "exp_avg_sq")}

    def _batch(self) -> tuple[Tensor, Tensor]:
        """Return real pictures (N, 1, S, S) in [-1, 1], half of them mirrored, and their classes (N,)."""
        classes = self.rng.choice(len(self._pools), self.params["batch_size"], p=self._chances)
        drawn = self.rng.random(len(classes))
        chosen = [
            self._pools[target][int(share * len(self._pools[target]))]
            for target, share in zip(classes, drawn, strict=True)
        ]
        images = self.material.images[chosen]
        mirrored = self.rng.random(len(classes)) < 0.5
        images[mirrored] = images[mirrored, :, ::-1]
        return to_tensor(images).to(self.device), torch.from_numpy(classes).to(self.device)

    def _set_rates(self) -> None:
        """Let the steps shrink evenly, to a tenth at the end: what circles in the beginning settles."""
        share = self.n_steps / (self.params["epochs"] * self.params["steps"])
        rate = self.params["learning_rate"] * (1 - 0.9 * min(share, 1))
        self.generator_optimizer.param_groups[0]["lr"] = rate
        self.discriminator_optimizer.param_groups[0]["lr"] = _LEAD * rate

    def _changed(self, images: Tensor) -> Tensor:
        return augment(images, self.random) if self.params["augment"] else images

    def _descend(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def _placed(self, network: nn.Module) -> nn.Module:
        return network.to(self.device, memory_format=torch.channels_last)  # measured on CPU: a step in 0.7 of the time


def to_tensor(images: np.ndarray) -> Tensor:
    """Return pictures, uint8 (n, S, S), as float32 (n, 1, S, S) in [-1, 1]."""
    return torch.from_numpy(images).unsqueeze(1).float().div_(127.5).sub_(1)


def to_bytes(images: Tensor) -> np.ndarray:
    """Return pictures (n, 1, S, S) in [-1, 1] as uint8 (n, S, S); what is beyond is cut."""
    return ((images.squeeze(1) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()


def _below(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    prefix = name + "."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
