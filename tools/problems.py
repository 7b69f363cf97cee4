"""What an assignment asks: networks that the course does not have, and mistakes in their backward passes.

A network is the chapter's with another activation, another loss and one thing more. Its two passes are lines of code,
by the name of what they compute, so that a line can be replaced by a wrong one.
"""

import re
from typing import NamedTuple

import numpy as np

from helpers._language import Sentences
from helpers._validation import as_integer

ACTIVATIONS = {  # by LaTeX: the value, and its derivative
    r"\arctan z": ("np.arctan(z)", "1 / (1 + z**2)"),
    r"\operatorname{arsinh} z": ("np.arcsinh(z)", "1 / np.sqrt(1 + z**2)"),
    r"e^{-z^2}": ("np.exp(-(z**2))", "-2 * z * np.exp(-(z**2))"),
    r"\ln(1 + e^z)": ("np.log(1 + np.exp(z))", "1 / (1 + np.exp(-z))"),
    r"\frac{z}{1 + e^{-z}}": ("z / (1 + np.exp(-z))", "(1 + (1 + z) * np.exp(-z)) / (1 + np.exp(-z)) ** 2"),
    r"\frac{z}{\sqrt{1 + z^2}}": ("z / np.sqrt(1 + z**2)", "(1 + z**2) ** -1.5"),
    r"z + \sin z": ("z + np.sin(z)", "1 + np.cos(z)"),
    r"\ln(1 + z^2)": ("np.log(1 + z**2)", "2 * z / (1 + z**2)"),
}
LOSSES = {  # by LaTeX, of one output: the value, and its derivative with respect to o
    r"\ln\cosh(o_{ij} - y_{ij})": ("np.log(np.cosh(o - y))", "np.tanh(o - y)"),
    r"\left(\sqrt{1 + (o_{ij} - y_{ij})^2} - 1\right)": (
        "np.sqrt(1 + (o - y) ** 2) - 1",
        "(o - y) / np.sqrt(1 + (o - y) ** 2)",
    ),
    r"\tfrac14 (o_{ij} - y_{ij})^4": ("(o - y) ** 4 / 4", "(o - y) ** 3"),
    r"\ln(1 + (o_{ij} - y_{ij})^2)": ("np.log(1 + (o - y) ** 2)", "2 * (o - y) / (1 + (o - y) ** 2)"),
    r"\ln(1 + e^{-y_{ij} o_{ij}})": ("np.log(1 + np.exp(-y * o))", "-y / (1 + np.exp(y * o))"),
}
FORWARD = {
    "z": "z = W1 @ x",
    "h": "h = {value}",
    "o": "o = W2 @ h",
    "L": "L = np.sum({loss}) / n",
    "s": "s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))",
    "J": "J = L + s",
}
BACKWARD = {
    "o": "dJ_do = 1 / n * ({loss_slope})",
    "W2": "dJ_dW2 = dJ_do @ h.T + weight_decay * W2",
    "h": "dJ_dh = W2.T @ dJ_do",
    "z": "dJ_dz = dJ_dh * ({slope})",
    "W1": "dJ_dW1 = dJ_dz @ x.T + weight_decay * W1",
}
ORDER = ("o", "W2", "W3", "a", "h", "z", "W1", "b")  # in which gradients are computed
EQUATIONS = {
    "z": r"z = W^{(1)} x",
    "h": r"h = \varphi(z), \quad \varphi(z) = {activation}",
    "o": r"o = W^{(2)} h",
    "L": r"L = \frac{1}{n} \sum_{j=1}^{n} \sum_{i=1}^{q} {loss}",
    "s": r"s = \frac{\lambda}{2} \left(\lVert W^{(1)} \rVert^2 + \lVert W^{(2)} \rVert^2\right)",
    "J": r"J = L + s",
}


class Twist(NamedTuple):
    """A change of the chapter's network: one more argument, and the lines that differ.

    Attributes
    ----------
    name : str
        The argument.
    shape : tuple of str
        Of the argument, as names of sizes; empty for a number.
    equations, forward, backward : dict
        LaTeX and lines of code, by the variable that they compute.
    """

    name: str
    shape: tuple
    equations: dict
    forward: dict
    backward: dict


TWISTS = {
    "bias": Twist(
        "b",
        ("hidden", "1"),
        {"z": r"z = W^{(1)} x + b"},
        {"z": "z = W1 @ x + b"},
        {"b": "dJ_db = np.sum(dJ_dz, axis=1, keepdims=True)"},
    ),
    "skip": Twist(
        "W3",
        ("q", "d"),
        {
            "o": r"o = W^{(2)} h + W^{(3)} x",
            "s": r"s = \frac{\lambda}{2} \left(\lVert W^{(1)} \rVert^2 + \lVert W^{(2)} \rVert^2 "
            r"+ \lVert W^{(3)} \rVert^2\right)",
        },
        {
            "o": "o = W2 @ h + W3 @ x",
            "s": "s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2) + np.sum(W3**2))",
        },
        {"W3": "dJ_dW3 = dJ_do @ x.T + weight_decay * W3"},
    ),
    "activity": Twist(
        "cost",
        (),
        {
            "s": r"s = \frac{\lambda}{2} \left(\lVert W^{(1)} \rVert^2 + \lVert W^{(2)} \rVert^2\right) "
            r"+ \frac{c}{2n} \lVert h \rVert^2"
        },
        {"s": "s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2)) + cost / (2 * n) * np.sum(h**2)"},
        {"h": "dJ_dh = W2.T @ dJ_do + cost / n * h"},
    ),
    "gain": Twist(
        "a",
        ("hidden", "1"),
        {"o": r"o = W^{(2)} (a \odot h)"},
        {"o": "o = W2 @ (a * h)"},
        {
            "W2": "dJ_dW2 = dJ_do @ (a * h).T + weight_decay * W2",
            "a": "dJ_da = np.sum(W2.T @ dJ_do * h, axis=1, keepdims=True)",
            "h": "dJ_dh = a * (W2.T @ dJ_do)",
        },
    ),
}


class Mistake(NamedTuple):
    """One line that is wrong.

    Attributes
    ----------
    name : str
        The variable whose gradient it computes, which is the first that is wrong.
    kinds : tuple of str
        What one may rightly call it.
    old, new : str
        What is replaced in the right line, and by what.
    hides : dict or None
        Arguments, as code that may use `other_given`, in which the line is right. None if it always shows.
    """

    name: str
    kinds: tuple
    old: str
    new: str
    hides: dict | None = None


NO_DECAY = {"weight_decay": "0.0"}
ONE_EXAMPLE = {"x": 'other_given["x"][:, :1]', "y": 'other_given["y"][:, :1]'}
ONE_OUTPUT = {"W2": 'other_given["W2"][:1]', "W3": 'other_given["W3"][:1]', "y": 'other_given["y"][:1]'}
ONE_INPUT = {"x": 'other_given["x"][:1]', "W1": 'other_given["W1"][:, :1]', "W3": 'other_given["W3"][:, :1]'}
MISTAKES = {
    "no mean": Mistake("o", ("count",), "1 / n * ", "", ONE_EXAMPLE),
    "mean over entries": Mistake("o", ("count",), "1 / n", "1 / o.size", ONE_OUTPUT),
    "wrong way": Mistake("o", ("sign",), "o - y", "y - o"),
    "W2 alone": Mistake("W2", ("term",), " + weight_decay * W2", "", NO_DECAY),
    "W1 alone": Mistake("W1", ("term",), " + weight_decay * W1", "", NO_DECAY),
    "W2 twice": Mistake("W2", ("constant",), "weight_decay * W2", "2 * weight_decay * W2", NO_DECAY),
    "W1 half": Mistake("W1", ("constant",), "weight_decay * W1", "weight_decay / 2 * W1", NO_DECAY),
    "W2 mean again": Mistake("W2", ("count",), ".T + ", ".T / n + ", ONE_EXAMPLE),
    "W1 mean again": Mistake("W1", ("count",), ".T + ", ".T / n + ", ONE_EXAMPLE),
    "W2 folded": Mistake("W2", ("layout", "transpose"), "dJ_do @ h.T", "np.reshape(h @ dJ_do.T, W2.shape)", ONE_OUTPUT),
    "W1 folded": Mistake("W1", ("layout", "transpose"), "dJ_dz @ x.T", "np.reshape(x @ dJ_dz.T, W1.shape)", ONE_INPUT),
    "h folded": Mistake("h", ("layout", "transpose"), "W2.T @ dJ_do", "np.reshape(dJ_do.T @ W2, h.shape)", ONE_EXAMPLE),
    "z for h": Mistake("W2", ("variable",), "@ h.T", "@ z.T"),
    "no slope": Mistake("z", ("slope",), " * ({slope})", ""),
    "slope of h": Mistake("z", ("variable",), "({slope})", "({slope_of_h})"),
    "h for z": Mistake("W1", ("variable", "slope"), "dJ_dz @", "dJ_dh @"),
    "b mean": Mistake("b", ("count",), "np.sum", "np.mean", ONE_EXAMPLE),
    "b from h": Mistake("b", ("variable", "slope"), "(dJ_dz", "(dJ_dh"),
    "W3 alone": Mistake("W3", ("term",), " + weight_decay * W3", "", NO_DECAY),
    "h one way": Mistake("h", ("term",), " + cost / n * h", "", {"cost": "0.0"}),
    "h no mean": Mistake("h", ("count",), "cost / n", "cost", ONE_EXAMPLE),
    "no gain": Mistake("W2", ("variable", "term"), "(a * h).T", "h.T", {"a": 'np.ones_like(other_given["a"])'}),
    "a from o": Mistake("a", ("count",), "np.sum", "np.mean", ONE_EXAMPLE),
}
WHY = Sentences() | {
    "no mean": "L is a mean over the examples, and 1/n is missing.",
    "mean over entries": "It divides by the number of entries of o, q n, and L has 1/n alone.",
    "wrong way": "The sign is turned: a step against this gradient makes the loss larger.",
    "W2 alone": "W2 reaches J through s too, and λ W2 is missing.",
    "W1 alone": "W1 reaches J through s too, and λ W1 is missing.",
    "W2 twice": "The 2 of the square and the ½ of s cancel, so the penalty's share is λ W2.",
    "W1 half": "The 2 of the square and the ½ of s cancel, so the penalty's share is λ W1.",
    "W2 mean again": "It divides by n again. The 1/n of the mean is in ∂J/∂o already.",
    "W1 mean again": "It divides by n again. The 1/n of the mean is in ∂J/∂o already.",
    "W2 folded": "reshape does not transpose: the numbers are right and stand in the wrong places.",
    "W1 folded": "reshape does not transpose: the numbers are right and stand in the wrong places.",
    "h folded": "reshape does not transpose: the numbers are right and stand in the wrong places.",
    "z for h": "W2 is multiplied by h in the forward pass, so h belongs here, and not z.",
    "no slope": "h = φ(z), so φ′(z) is missing.",
    "slope of h": "φ′ has to be taken at z, which went into φ, and not at h, which came out.",
    "h for z": "W1 feeds z, so ∂J/∂z belongs here. With ∂J/∂h the slope φ′ is left out.",
    "b mean": "The bias serves each example, and what comes from them is added up. The 1/n is in ∂J/∂o already.",
    "b from h": "b feeds z, so ∂J/∂z belongs here. With ∂J/∂h the slope φ′ is left out.",
    "W3 alone": "W3 reaches J through s too, and λ W3 is missing.",
    "h one way": "h reaches J by two routes, through o and through s, and the second is missing.",
    "h no mean": "The price of h has 1/n in it, as L has.",
    "no gain": "W2 is multiplied by a ⊙ h in the forward pass, so a is missing.",
    "a from o": "a serves each example, and what comes from them is added up. The 1/n is in ∂J/∂o already.",
}
WAYS = (  # to write the lines of suspects A, B and C, so that comparing them does not show which line is wrong
    {},
    {
        r"(\w+) @ (\w+|\(a \* h\))\.T": r"(\2 @ \1.T).T",
        r"W2\.T @ dJ_do": "(dJ_do.T @ W2).T",
        r"axis=1, keepdims=True\)": "axis=1)[:, None]",
    },
    {
        r"= 1 / (n|o\.size) \* (.+)": r"= \2 / \1",
        r"= dJ_dh \* (.+)": r"= \1 * dJ_dh",
        r"= (.+) \+ ((2 \* )?(weight_decay|cost).+)": r"= \2 + \1",
    },
)
SIZES = ("d", "hidden", "q", "n")


class Network(NamedTuple):
    """A network, by keys of `ACTIVATIONS`, `LOSSES` and `TWISTS`, and the source of its two passes."""

    activation: str
    loss: str
    twist: str

    @property
    def words(self):
        """What the lines of code have in braces."""
        value, slope = ACTIVATIONS[self.activation]
        loss, loss_slope = LOSSES[self.loss]
        slope_of_h = re.sub(r"\bz\b", "h", slope)
        return {"value": value, "slope": slope, "slope_of_h": slope_of_h, "loss": loss, "loss_slope": loss_slope}

    @property
    def equations(self):
        """LaTeX, in the order computed."""
        found = (EQUATIONS | TWISTS[self.twist].equations).values()
        return [text.replace("{activation}", self.activation).replace("{loss}", self.loss) for text in found]

    @property
    def backward(self):
        """The lines of the backward pass, by variable, in the order computed."""
        lines = BACKWARD | TWISTS[self.twist].backward
        return {name: lines[name].format(**self.words) for name in ORDER if name in lines}

    def wrong(self, key):
        """The lines of the backward pass with a mistake in it, or None where it has no place."""
        mistake, lines = MISTAKES[key], self.backward
        old, new = (text.format(**self.words) for text in (mistake.old, mistake.new))
        if old not in lines.get(mistake.name, ""):
            return None
        return lines | {mistake.name: lines[mistake.name].replace(old, new)}

    def suspect(self, key, letter):
        """Return the source of a backward pass with a mistake, in the way of A, B or C."""
        lines = self.wrong(key)
        for pattern, other in WAYS["ABC".index(letter)].items():
            lines = {name: re.sub(pattern, other, line) for name, line in lines.items()}
        return self.backward_source(f"suspect_{letter}", lines)

    @property
    def arguments(self):
        """The names of the arguments of the forward pass."""
        return ("x", "y", "W1", "W2", TWISTS[self.twist].name, "weight_decay")

    @property
    def has_signs(self):
        """Whether the targets are 1 and -1, and not any numbers."""
        return "-y" in LOSSES[self.loss][1]

    def forward_source(self, name):
        """Return the source of the forward pass, as a function of a name."""
        lines = {key: line.format(**self.words) for key, line in (FORWARD | TWISTS[self.twist].forward).items()}
        return _source(name, self.arguments, lines.values(), {key: key for key in lines})

    def backward_source(self, name, lines=None):
        """Return the source of a backward pass: the right one, or one of other lines."""
        lines = lines or self.backward
        return _source(name, (*self.arguments, "z", "h", "o"), lines.values(), {key: f"dJ_d{key}" for key in lines})


def _source(name, arguments, lines, returned):
    entries = ", ".join(f'"{key}": {value}' for key, value in returned.items())
    body = "".join(f"    {line}\n" for line in ("n = x.shape[1]", *lines, f"return {{{entries}}}"))
    return f"def {name}({', '.join(arguments)}):\n{body}"


class Problem(NamedTuple):
    """What a seed draws.

    Attributes
    ----------
    network : Network
        To be written, forward and backward.
    trials : list of dict
        Arguments of its forward pass, three times. The last has one example.
    other : Network
        In which mistakes are to be found. All three of its functions differ, so that it does not give `network` away.
    given : dict
        Arguments of its forward pass.
    suspects : tuple of str
        Three keys of `MISTAKES`. There is a setting that hides the third.
    sizes : dict
        Large ones, for counting.
    """

    network: Network
    trials: list
    other: Network
    given: dict
    suspects: tuple
    sizes: dict


def draw(seed):
    """Return what a seed draws.

    Parameters
    ----------
    seed : int

    Raises
    ------
    TypeError, ValueError
        If the seed is not a whole number, 0 or larger.

    Examples
    --------
    >>> draw(17).sizes
    {'d': 656, 'hidden': 392, 'q': 19, 'n': 44}
    """
    rng = np.random.default_rng([as_integer("seed", seed), 19])
    pairs = [rng.permutation(list(table))[:2].tolist() for table in (ACTIVATIONS, LOSSES, TWISTS)]
    network, other = (Network(*names) for names in zip(*pairs, strict=True))
    trials = [_arguments(rng, network), _arguments(rng, network), _arguments(rng, network, examples=1)]
    steps = zip(SIZES, (16, 8, 1, 4), strict=True)  # odd multiples of different powers of 2: no two are equal
    sizes = {name: (2 * int(rng.integers(1, 30)) + 1) * step for name, step in steps}
    return Problem(network, trials, other, _arguments(rng, other), _suspects(rng, other), sizes)


def _suspects(rng, network):
    """Return three mistakes, of three variables and three kinds; the third can be hidden."""
    keys = [key for key in rng.permutation(list(MISTAKES)).tolist() if network.wrong(key)]
    last = next(key for key in keys if MISTAKES[key].hides)
    chosen, taken = [], {MISTAKES[last].name, *MISTAKES[last].kinds}
    for key in keys:
        own = {MISTAKES[key].name, *MISTAKES[key].kinds}
        if not taken & own:
            chosen.append(key)
            taken |= own
    return (*chosen[:2], last)


def _arguments(rng, network, examples=None):
    """Return arguments of all sizes different, with one decimal, none of them 0."""
    d, hidden, q, n = rng.permutation([2, 3, 4, 5]).tolist()
    sizes = {"d": d, "hidden": hidden, "q": q, "n": examples or n}

    def numbers(*shape):
        of_sizes = [sizes.get(size, 1) for size in shape]
        return rng.choice([-1, 1], of_sizes) * rng.integers(1, 16, of_sizes) / 10

    twist = TWISTS[network.twist]
    y = numbers("q", "n")
    return {
        "x": numbers("d", "n"),
        "y": np.sign(y) if network.has_signs else y,
        "W1": numbers("hidden", "d"),
        "W2": numbers("q", "hidden"),
        twist.name: numbers(*twist.shape) if twist.shape else 0.6,
        "weight_decay": int(rng.integers(1, 9)) / 10,
    }


def run(source, name, arguments):
    """Return what a function of a source gives."""
    space: dict = {"np": np}
    exec(source, space)
    return space[name](**arguments)


def passed(network, given):
    """Return the values of a forward pass by name, and the arguments of the backward pass.

    Examples
    --------
    >>> problem = draw(17)
    >>> values, arguments = passed(problem.network, problem.trials[0])
    >>> list(values)
    ['z', 'h', 'o', 'L', 's', 'J']
    """
    values = run(network.forward_source("forward"), "forward", given)
    return values, given | {name: values[name] for name in ("z", "h", "o")}


def counts(d, hidden, q, n):
    """Return the answers to what is counted, by name.

    Examples
    --------
    >>> counts(d=3, hidden=2, q=4, n=5)["bytes_kept"]  # z and h are 2 × 5, o is 4 × 5
    320
    """
    per_example, weights = 2 * hidden + q, hidden * d + q * hidden
    return {
        "shape_of_gradient": (q, hidden),
        "shape_of_jacobian": (q, n, q, hidden),
        "bytes_kept": 8 * n * per_example,
        "examples": weights // per_example + 1,
    }
