"""Record in reference.json what PyTorch computes for the chapter's network.

The tests read the file and do not need PyTorch. To record it anew: ``pip install torch==2.13.0 numpy``, then
``python tests/record_reference.py``.
"""

import json
from itertools import product
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("reference.json")
ACTIVATIONS = ("relu", "tanh", "sigmoid")
LOSSES = ("squared error", "cross-entropy")

# d, h, q, n, weight decay, dtype
SIZES = (
    (3, 4, 2, 1, 0.0, "float64"),
    (4, 3, 5, 2, 0.1, "float64"),
    (2, 5, 3, 4, 1.5, "float64"),
    (5, 2, 3, 6, 0.01, "float32"),
)


def record(torch, activation, loss, weight_decay, dtype, x, y, W1, W2):
    """Return one setting with its inputs, the variables of the forward pass and the gradients of J."""
    inputs = {"x": x.tolist(), "y": y.tolist(), "W1": W1.tolist(), "W2": W2.tolist()}
    x, W1, W2 = (torch.tensor(a, dtype=getattr(torch, dtype)) for a in (x, W1, W2))
    n = x.shape[1]
    W1.requires_grad_()
    W2.requires_grad_()

    z = W1 @ x
    h = getattr(torch, activation)(z)
    o = W2 @ h
    if loss == "cross-entropy":
        L = torch.nn.functional.cross_entropy(o.T, torch.tensor(y))
    else:  # the mean over the examples; PyTorch's own takes the mean over all entries
        L = torch.nn.functional.mse_loss(o, torch.tensor(y, dtype=o.dtype), reduction="sum") / (2 * n)
    s = weight_decay / 2 * (torch.linalg.norm(W1) ** 2 + torch.linalg.norm(W2) ** 2)
    J = L + s

    for variable in (z, h, o, L, s):
        variable.retain_grad()
    J.backward()
    forward = {"z": z, "h": h, "o": o, "L": L, "s": s, "J": J}
    backward = {"L": L, "s": s, "o": o, "W2": W2, "h": h, "z": z, "W1": W1}
    return {
        "activation": activation,
        "loss": loss,
        "weight_decay": weight_decay,
        "dtype": dtype,
        **inputs,
        "forward": {name: variable.tolist() for name, variable in forward.items()},
        "backward": {name: variable.grad.tolist() for name, variable in backward.items()},
    }


def settings():
    """Yield the settings: every activation with every loss at every size, and relu at its kink."""
    rng = np.random.default_rng(0)

    def eighths(*shape):
        return rng.integers(-16, 17, shape) / 8

    for activation, loss, (d, h, q, n, weight_decay, dtype) in product(ACTIVATIONS, LOSSES, SIZES):
        y = rng.integers(q, size=n) if loss == "cross-entropy" else eighths(q, n)
        yield activation, loss, weight_decay, dtype, eighths(d, n), y, eighths(h, d), eighths(q, h)

    x, W1, W2 = (
        np.array([[1.0, 2.0], [1.0, 0.0]]),
        np.array([[1.0, -1.0], [-0.5, 1.0]]),
        np.array([[1.0, 2.0], [3.0, -1.0]]),
    )
    yield "relu", "squared error", 0.1, "float64", x, np.array([[1.0, 0.0], [2.0, 1.0]]), W1, W2
    yield "relu", "cross-entropy", 0.1, "float64", x, np.array([1, 0]), W1, W2


if __name__ == "__main__":
    import torch  # not above: pytest imports every module of this folder, and has no PyTorch

    lines = ",\n".join(json.dumps(record(torch, *setting)) for setting in settings())
    version = torch.__version__.split("+")[0]
    FILE.write_text(f'{{"torch": "{version}", "settings": [\n{lines}\n]}}\n', encoding="utf-8")
