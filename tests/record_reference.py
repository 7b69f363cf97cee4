"""Record in reference.json what PyTorch computes: the chapter's network, a step, programs of notebooks, and kinks.

The tests read the file and do not need PyTorch. To record it anew: ``pip install torch==2.13.0 numpy``, then
``python tests/record_reference.py``.
"""

import json
import math
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


def numbers(*shape, start=0):
    """Return an array of quarters, the same as in notebook 07."""
    return [(7 * k % 11 - 5) / 4 for k in range(start, start + math.prod(shape))], shape


def programs(torch):
    """Yield the programs of notebook 07, with PyTorch's own losses and its own attention: names, arguments, J."""
    F = torch.nn.functional

    def softmax_regression(x, y, W, b):
        return F.cross_entropy((W @ x + b).T, y)

    labels = [0, 2, 1, 2, 0]
    arguments = {"x": numbers(4, 5), "y": labels, "W": numbers(3, 4, start=3), "b": numbers(3, 1, start=5)}
    yield "softmax_regression", softmax_regression, arguments

    def two_layers(X, y, W1, b1, W2, b2, reg):
        hidden = F.linear(X, W1.T, b1)
        assert hidden.abs().min() > 0.1  # away from the kink, where relu and maximum have other slopes
        penalty = reg / 2 * (torch.linalg.norm(W1) ** 2 + torch.linalg.norm(W2) ** 2)
        return F.cross_entropy(F.linear(F.relu(hidden), W2.T, b2), y) + penalty

    arguments = {
        **{"X": numbers(5, 4), "y": labels, "W1": numbers(4, 6, start=3), "b1": numbers(6, start=3)},
        **{"W2": numbers(6, 3, start=2), "b2": numbers(3), "reg": 0.125},
    }
    yield "two_layers", two_layers, arguments

    def sigmoid_network(x, y, weights, biases, cost):
        for w, b in zip(weights, biases, strict=True):
            x = torch.sigmoid(torch.addmm(b, w, x))
        if cost == "quadratic":
            return F.mse_loss(x, y, reduction="sum") / 2
        return F.binary_cross_entropy(x, y, reduction="sum")

    for cost in ("quadratic", "cross-entropy"):
        arguments = {
            **{"x": numbers(3, 1), "y": ([1.0, 0.0], (2, 1)), "weights": [numbers(4, 3), numbers(2, 4, start=1)]},
            **{"biases": [numbers(4, 1), numbers(2, 1, start=2)], "cost": cost},
        }
        yield "sigmoid_network", sigmoid_network, arguments

    def attention_head(X, target, Wq, Wk, Wv):
        out = F.scaled_dot_product_attention((X @ Wq)[None], (X @ Wk)[None], (X @ Wv)[None])[0]
        return F.mse_loss(out, target)

    arguments = {
        **{"X": numbers(4, 6), "target": numbers(4, 2, start=1)},
        **{"Wq": numbers(6, 3), "Wk": numbers(6, 3, start=2), "Wv": numbers(6, 2, start=4)},
    }
    yield "attention_head", attention_head, arguments


def record_program(torch, name, program, arguments):
    """Return one program's arguments, J, and the gradient of each floating-point argument."""
    leaves = {}

    def as_tensor(name, value):
        if isinstance(value, float):
            leaves[name] = torch.tensor(value, dtype=torch.float64, requires_grad=True)
        elif isinstance(value, tuple):
            entries, shape = value
            leaves[name] = torch.tensor(entries, dtype=torch.float64).reshape(shape).requires_grad_()
        elif isinstance(value, list) and isinstance(value[0], tuple):
            return [as_tensor(f"{name}[{k}]", entry) for k, entry in enumerate(value)]
        else:
            return torch.tensor(value) if isinstance(value, list) else value
        return leaves[name]

    given = {key: as_tensor(key, value) for key, value in arguments.items()}
    J = program(**given)
    J.backward()

    def as_list(value):
        return [*map(as_list, value)] if isinstance(value, list) else getattr(value, "tolist", lambda: value)()

    return {
        "program": name,
        "arguments": {key: as_list(value) for key, value in given.items()},
        "J": J.item(),
        "gradients": {key: leaf.grad.tolist() for key, leaf in leaves.items()},
    }


def kinks(torch):
    """Yield functions at their kinks: a name, the arrays, and the gradients of the sum of what the function returns."""
    ties = [1.0, 3.0, 3.0, -3.0, -3.0]
    signs = [-2.0, -0.0, 0.0, 2.0]
    for name, function, *arrays in (
        ("abs", torch.abs, signs),
        ("maximum", torch.maximum, signs, [0.0, 0.0, 0.0, 2.0]),
        ("minimum", torch.minimum, signs, [0.0, 0.0, 0.0, 2.0]),
        ("max", torch.amax, ties),
        ("max", torch.max, ties),
        ("min", torch.amin, ties),
        ("max over rows", lambda a: torch.amax(a, dim=1), [[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [0.0, 1.0, 2.0]]),
        ("clip", lambda a: torch.clamp(a, -2, 2), [-3.0, -2.0, 0.0, 2.0, 3.0]),
        ("relu", torch.relu, signs),
        ("half of a + |a|", lambda a: (a + torch.abs(a)) / 2, signs),
        ("where", lambda a: torch.where(a > 0, a, 0.0), signs),
        ("sign", torch.sign, signs),
    ):
        leaves = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]
        function(*leaves).sum().backward()
        yield {"function": name, "at": arrays, "gradients": [leaf.grad.tolist() for leaf in leaves]}


def record_step(torch):
    """Return one step of gradient descent in PyTorch's words, as notebook 06 shows it, with the arrays it starts from.

    The last entry is what W1.grad holds when a second backward pass adds to the first.
    """
    x = [[1.0, 2, -1, 3, 1], [2, -1, 1, 1, 1], [-1, 1, 2, -2, -1], [3, 1, -1, 1, 2]]
    y = [[-11.0, 5, 16, -17, -12], [13, -5, 3, 15, 8]]
    W1 = [[1.0, -1, 3, 2], [-1, 1, 2, -1], [2, 1, -1, 1]]
    W2 = [[1.0, 2, -1], [-1, 1, 2]]
    x, y, W1, W2 = (torch.tensor(a, dtype=torch.float64) for a in (x, y, W1, W2))
    given = {name: a.tolist() for name, a in (("x", x), ("y", y), ("W1", W1), ("W2", W2))}
    n, weight_decay, learning_rate = 5, 0.2, 0.01

    W1.requires_grad_()
    W2.requires_grad_()

    def objective():
        z = W1 @ x
        h = torch.nn.functional.leaky_relu(z, 0.5)
        o = W2 @ h
        L = ((o - y) ** 2).sum() / (2 * n)
        s = weight_decay / 2 * ((W1**2).sum() + (W2**2).sum())
        J = L + s
        return J  # noqa: RET504  The notebook shows these lines.

    J = objective()
    J.backward()
    recorded = {"J": J.item(), "W1.grad": W1.grad.tolist(), "W2.grad": W2.grad.tolist()}
    objective().backward()
    twice = W1.grad.tolist()
    W1.grad, W2.grad = (torch.tensor(recorded[name], dtype=W1.dtype) for name in ("W1.grad", "W2.grad"))
    with torch.no_grad():
        W1 -= learning_rate * W1.grad
        W2 -= learning_rate * W2.grad
    return given | recorded | {"J after": objective().item(), "W1.grad after two": twice}


if __name__ == "__main__":
    import torch  # not above: pytest imports every module of this folder, and has no PyTorch

    recorded = {
        "settings": [record(torch, *setting) for setting in settings()],
        "with bias": [record(torch, *setting) for setting in settings_with_bias()],
        "programs": [record_program(torch, *program) for program in programs(torch)],
        "kinks": [*kinks(torch)],
        "step": [record_step(torch)],
    }
    parts = [f'"torch": "{torch.__version__.split("+")[0]}"']
    for name, entries in recorded.items():
        lines = ",\n".join(map(json.dumps, entries))
        parts.append(f'"{name}": [\n{lines}\n]')
    FILE.write_text(f"{{{', '.join(parts)}}}\n", encoding="utf-8")
