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


def record(torch, activation, loss, weight_decay, dtype, x, y, W1, W2, b=None):
    """Return one setting with its inputs, the variables of the forward pass and the gradients of J."""
    parameters = {"W1": W1, "W2": W2} | ({} if b is None else {"b": b})
    inputs = {name: array.tolist() for name, array in {"x": x, "y": y, **parameters}.items()}
    x = torch.tensor(x, dtype=getattr(torch, dtype))
    n = x.shape[1]
    parameters = {name: torch.tensor(a, dtype=x.dtype, requires_grad=True) for name, a in parameters.items()}
    W1, W2 = parameters["W1"], parameters["W2"]

    z = W1 @ x if b is None else W1 @ x + parameters["b"]
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
    if b is not None:
        backward["b"] = parameters["b"]
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


def settings_with_bias():
    """Yield some of these settings again, each with a bias on the hidden layer (E2)."""
    rng = np.random.default_rng(1)
    for number, setting in enumerate(settings()):
        if number % 5 == 0:
            yield *setting, rng.integers(-16, 17, (len(setting[-2]), 1)) / 8


if __name__ == "__main__":
    import torch  # not above: pytest imports every module of this folder, and has no PyTorch

    lines, with_bias = (
        ",\n".join(json.dumps(record(torch, *setting)) for setting in some)
        for some in (settings(), settings_with_bias())
    )
    version = torch.__version__.split("+")[0]
    text = f'{{"torch": "{version}", "settings": [\n{lines}\n], "with bias": [\n{with_bias}\n]}}\n'
    FILE.write_text(text, encoding="utf-8")
