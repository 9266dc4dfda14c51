"""The classifiers of marks in PyTorch: small, and keeping track of where the ink lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from pipeline.read import options
from training.marks import Drawn

SHIFT = 0.042  # of a picture's side that it may lie off, each way


def build(name: str) -> nn.Sequential:
    """Pictures (n, 3, side, side) → logits (n, 3); 47 k, 101 k and 87 k parameters.

    `marks-a` has a coarse view; the two with a fine one differ in build, so that they err in different places.
    """
    return {"marks-a": _coarse, "marks-b": _strided, "marks-c": _pooled}[name]()


def _coarse() -> nn.Sequential:
    """The last map keeps 3 by 3 places."""
    layers = [*_block(3, 20, 5, 2), *_block(20, 32, 3), nn.MaxPool2d(2), *_block(32, 48, 3), nn.MaxPool2d(2)]
    layers += [*_block(48, 56, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.25)]
    return nn.Sequential(*layers, nn.Linear(56 * 9, len(options.CLASSES)))


def _strided() -> nn.Sequential:
    """Strides instead of pools; the last map keeps 5 by 5 places."""
    layers = [*_block(3, 16, 3, 2), *_block(16, 32, 3, 2), *_block(32, 32, 3), *_block(32, 56, 3, 2)]
    layers += [*_block(56, 56, 3), *_block(56, 72, 3, 2), nn.Flatten(), nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Linear(72 * 25, len(options.CLASSES)))


def _pooled() -> nn.Sequential:
    """Pools instead of strides, so that two convolutions see every line; the last map keeps 4 by 4 places."""
    layers = [*_block(3, 20, 5, 2), *_block(20, 28, 3), nn.MaxPool2d(2), *_block(28, 48, 3), nn.MaxPool2d(2)]
    layers += [*_block(48, 64, 3), *_block(64, 64, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Linear(64 * 16, len(options.CLASSES)))


def _block(into: int, out: int, size: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(into, out, size, stride, size // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU()]


def train(net: nn.Sequential, data: Drawn, epochs: int, course: tuple[int, float], seed: int) -> nn.Sequential:
    """The network after another course, the same for the same seed; `course` is batch size and learning rate."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    batch, rate = course
    rng = np.random.default_rng(seed)
    net.train()
    steps = epochs * (len(data.labels) // batch)
    tuner = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    pace = torch.optim.lr_scheduler.OneCycleLR(tuner, rate, total_steps=steps)
    for epoch in range(epochs):
        order = rng.permutation(len(data.labels))[: len(data.labels) // batch * batch].reshape(-1, batch)
        total = 0.0
        for rows in order:
            pictures = _wild(torch.from_numpy(data.pictures[rows]).float() / 255, rng)
            loss = functional.cross_entropy(net(pictures), torch.from_numpy(data.labels[rows]).long())
            tuner.zero_grad()
            loss.backward()
            tuner.step()
            pace.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}/{epochs} loss {total / len(order):.4f}", flush=True)
    return net.eval()


def _wild(pictures: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Small shifts, fainter and stronger pens, noise: what the next scanner will do."""
    far = max(round(SHIFT * pictures.shape[-1]), 1)
    dx, dy = (int(n) for n in rng.integers(-far, far + 1, 2))
    moved = torch.roll(functional.pad(pictures, (far,) * 4), (dy, dx), (2, 3))[:, :, far:-far, far:-far]
    gain = torch.from_numpy(rng.uniform(0.6, 1.25, (len(pictures), 3, 1, 1)).astype(np.float32))
    gain[:, 2] = gain[:, 0]  # ink fades with the picture it comes from
    noise = torch.from_numpy(rng.normal(0, 0.015, moved.shape).astype(np.float32))
    return (moved * gain + noise).clamp(0, 1)


@torch.no_grad()
def logits(net: nn.Sequential, data: Drawn) -> torch.Tensor:
    """Logits (n, 3) of drawn options."""
    parts = [net(torch.from_numpy(data.pictures[n : n + 512]).float() / 255) for n in range(0, len(data.labels), 512)]
    return torch.cat(parts)


def temperature(net: nn.Sequential, data: Drawn) -> float:
    """Temperature that makes the probabilities of a calibration set likeliest (Guo et al. 2017)."""
    found, labels = logits(net, data), torch.from_numpy(data.labels).long()
    warmths = np.linspace(0.4, 3.0, 53)
    return float(min(warmths, key=lambda t: float(functional.cross_entropy(found / t, labels))))


def export(net: nn.Sequential, side: int, warmth: float, shares: NDArray[np.float64], file: Path) -> None:
    """Write the network of `side` px as ONNX, its logits divided by the temperature and freed of the classes' `shares` (3,) in training.

    What it then says are likelihoods: how often people mark an option is another question's answer, and not ours.
    """
    last = net[-1]
    with torch.no_grad():
        last.weight /= warmth
        last.bias /= warmth
        last.bias -= torch.from_numpy(np.log(shares)).float()
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, side, side),),
        str(file),
        dynamo=False,
        input_names=["pictures"],
        output_names=["logits"],
        dynamic_axes={"pictures": {0: "n"}, "logits": {0: "n"}},
        opset_version=17,
    )


def confusion(net: nn.Sequential, data: Drawn) -> str:
    """Rows: truth, columns: said, on a drawn set."""
    said = logits(net, data).argmax(1).numpy()
    table = np.zeros((3, 3), int)
    np.add.at(table, (data.labels, said), 1)
    return "\n".join(f"{name:9}{row}" for name, row in zip(options.CLASSES, table, strict=True))
