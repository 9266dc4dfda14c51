"""Two small networks of different build, trained apart: where they disagree, a person looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from training.cells import CLASSES
from training.sets import Pictures

BATCH = 192


@dataclass(frozen=True)
class Course:
    """How one network is trained."""

    name: str
    seed: int
    epochs: int
    rate: float
    smoothing: float  # of labels
    wild: float  # strength of the augmentation, 1: usual


COURSES = (
    Course("digits-a", seed=11, epochs=4, rate=4e-3, smoothing=0.02, wild=1.0),
    Course("digits-b", seed=23, epochs=4, rate=3e-3, smoothing=0.03, wild=1.3),
)


def build(name: str) -> nn.Sequential:
    """An untrained network: pictures (n, 1, 32, 32) → logits (n, 11)."""
    return {"digits-a": _wide, "digits-b": _deep}[name]()


def _block(into: int, out: int, size: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(into, out, size, stride, size // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU()]


def _wide() -> nn.Sequential:
    """A large first view, halved by the strongest answer: 27 k parameters."""
    layers = [*_block(1, 16, 5, 2), *_block(16, 32, 3), nn.MaxPool2d(2), *_block(32, 48, 3), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(48 * 16, len(CLASSES)))


def _deep() -> nn.Sequential:
    """Small views in four layers, halved by strides: 34 k parameters."""
    layers = [*_block(1, 16, 3, 2), *_block(16, 24, 3), *_block(24, 40, 3, 2), *_block(40, 40, 3), nn.AvgPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(40 * 16, len(CLASSES)))


def train(course: Course, data: Pictures, rounds: int | None = None) -> nn.Sequential:
    """A network trained on `data`, ready to be exported. The same seed and data give the same weights."""
    torch.manual_seed(course.seed)
    torch.set_num_threads(1)
    net = build(course.name).to(memory_format=torch.channels_last)  # a quarter faster on a CPU
    optimiser = torch.optim.AdamW(net.parameters(), lr=course.rate, weight_decay=2e-3)
    epochs = rounds or course.epochs
    steps = epochs * (len(data) // BATCH)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, course.rate, total_steps=steps, pct_start=0.2)
    loss_of = nn.CrossEntropyLoss(label_smoothing=course.smoothing)
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for pictures, labels in _batches(data, course.seed * 1000 + epoch):
            loss = loss_of(net(augmented(pictures, course.wild)), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            plan.step()
            total += float(loss.detach())
        print(f"{course.name}: epoch {epoch + 1} of {epochs}, loss {total * BATCH / len(data):.4f}", flush=True)
    return net.eval().to(memory_format=torch.contiguous_format)


def _batches(data: Pictures, seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    order = np.random.default_rng(seed).permutation(len(data))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = order[start : start + BATCH]
        pictures = torch.from_numpy(data.pictures[rows]).float().div_(255).unsqueeze_(1)
        yield pictures, torch.from_numpy(data.classes[rows])


def augmented(pictures: torch.Tensor, wild: float) -> torch.Tensor:
    """The pictures shifted, turned, leaned, stretched, bolder or paler, some with a gap as a removed line leaves."""
    n = len(pictures)
    turn, lean = 0.09 * wild * torch.randn(n), 0.08 * wild * torch.randn(n)
    stretch = 1 + 0.06 * wild * torch.randn(n, 2)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = stretch[:, 0] * torch.cos(turn), -torch.sin(turn) + lean
    theta[:, 1, 0], theta[:, 1, 1] = torch.sin(turn), stretch[:, 1] * torch.cos(turn)
    theta[:, :, 2] = 0.05 * wild * torch.randn(n, 2)
    grid = functional.affine_grid(theta, list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures, grid, align_corners=False)
    moved = moved.clamp(0, 1) ** torch.exp(0.25 * wild * torch.randn(n, 1, 1, 1))
    gap = int(torch.randint(4, 27, ()))
    few = n // 16
    moved[:few, :, gap : gap + 2] = 0
    moved[few : 2 * few, :, :, gap : gap + 2] = 0
    return moved


def logits(net: nn.Sequential, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What the network says to pictures of shape (n, 32, 32), shape (n, 11)."""
    with torch.no_grad():
        parts = [net(torch.from_numpy(part).float().div_(255).unsqueeze_(1)) for part in _parts(pictures)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float64)


def calibrate(net: nn.Sequential, temperature: float) -> None:
    """Divide the network's logits by `temperature`, for good."""
    last = net[-1]
    with torch.no_grad():
        last.weight /= temperature
        last.bias /= temperature


def _parts(pictures: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [pictures[n : n + 1000] for n in range(0, len(pictures), 1000)]
