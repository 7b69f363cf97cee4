"""The small blanks of the lessons: what is right, and a sentence for each wrong answer that is usual."""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers import operators
from helpers._language import Sentences, joined, translated
from helpers.exercises.verdicts import BLANK, Verdict
from helpers.functions import softmax, squared_error, tanh
from helpers.graph import Variable, run, topological_order
from helpers.operators import add, multiply, one_hidden_layer


class Task(NamedTuple):
    """A blank, which is a function of some arguments, or with no arguments a value.

    Attributes
    ----------
    right : callable
        What the answer should compute.
    cases : sequence of tuple
        The arguments that it is tried with; a value has one case without arguments.
    told : str
        What the verdict says where the answer is right.
    wrong : dict
        From what to say to functions that compute what is usual and wrong.
    parts : tuple of str
        The names of the entries, where the answer is a tuple. The first that differs decides what is said, so that
        each of several mistakes is met in its turn.
    result : callable, optional
        ``result(value, *case)`` is what is compared, where it is not the value itself.
    """

    right: Callable
    cases: tuple = ((),)
    told: str = ""
    wrong: dict = {}  # noqa: RUF012  It is never changed.
    parts: tuple = ()
    result: Callable | None = None


SENTENCES = Sentences() | {
    "shape": "expected shape {expected}, got {got}",
    "shapes": "several shapes",
    "number": "This is not what the step gives.",
    "raised": "Your code raised {error}.",
    "changed": "The answer changes its argument number {number}; work on a copy.",
    "parts": "Expected {count} values, {names}, got {got}.",
    "part missing": "{name} is missing.",
    "part": "{name} is the first that is wrong.",
    "part shape": "{name}: expected shape {expected}, got {got}.",
    "part turned": "{name}: expected shape {expected}, got {got}. Rows and columns have changed places.",
}

# 04: three outputs, four hidden units, two examples, and no entry is 0.
_04_W2 = np.array([[2.0, -3.0, 0.5, 4.0], [-1.5, 2.5, 3.0, -2.0], [0.7, 1.2, -2.2, 3.3]])
_04_G = np.array([[0.4, -0.9], [1.7, 0.6], [-1.1, 2.1]])
_04_H = np.array([[1.3, -0.8], [2.4, 0.9], [-1.6, 1.9], [0.3, -2.7]])


def _walk_forward(J, feeds):
    values = dict(feeds)
    for v in topological_order([J]):
        if v not in values:
            arrays = [values[i] for i in v.operator.inputs]
            values[v] = v.operator.rule.value(*arrays, **v.operator.parameters)
    return values[J]


def _graphs():
    """Yield graphs with feeds, all sizes different: the chapter's, one of other operators, and the chapter's cut at h.

    At the cut all is fed that stands before it too, so that a walk that computes everything ends without an error.
    """
    rng = np.random.default_rng(2)
    c = one_hidden_layer(tanh, squared_error, 0.3)
    sizes = {c.x: (4, 5), c.y: (3, 5), c.W1: (2, 4), c.W2: (3, 2)}
    feeds = {v: rng.normal(size=shape) for v, shape in sizes.items()}
    yield c.J, feeds
    a, b = Variable("a"), Variable("b")
    yield multiply(add(a, b), a, name="c"), {a: rng.normal(size=(2, 3)), b: rng.normal(size=(2, 3))}
    yield c.J, feeds | {c.h: rng.normal(size=(2, 5))}


# For 05.


def _one_hot(o, y):
    return np.arange(len(o))[:, None] == y


def _one_hot_off(o, y):
    return (softmax(o) - _one_hot(o, y)) / y.size


def _backward_with(
    o=_one_hot_off, decay=1.0, product=lambda g, a: g @ a.T, φ=lambda g, z, h: g * (1 - h**2), skip=False
):
    """Return a backward pass for tanh and cross-entropy that has some of its rules replaced."""

    def backward(W1, W2, weight_decay, x, y, z, h, output):
        dJ_do = o(output, y)
        dJ_dW2 = product(dJ_do, h) + decay * weight_decay * (W2.T if product(dJ_do, h).shape != W2.shape else W2)
        dJ_dh = W2.T @ dJ_do
        dJ_dz = φ(dJ_dh, z, h)
        below = product(dJ_dh if skip else dJ_dz, x)
        dJ_dW1 = below + decay * weight_decay * (W1.T if below.shape != W1.shape else W1)
        return 1.0, 1.0, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1

    return backward


_backward = _backward_with()


def _outputs(q, n, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((q, n)), rng.integers(q, size=n)


def _pass(d, hidden, q, n, seed):
    """Return the arguments of `my_backward`: a network with tanh and what its forward pass stored."""
    rng = np.random.default_rng(seed)
    W1, W2, x = (rng.standard_normal(shape) for shape in ((hidden, d), (q, hidden), (d, n)))
    z = W1 @ x
    h = np.tanh(z)
    return W1, W2, 0.3, x, rng.integers(q, size=n), z, h, W2 @ h


_OUTPUTS = (_outputs(3, 2, 0), _outputs(4, 5, 1))
_PASSES = (_pass(4, 3, 2, 5, 0), _pass(3, 5, 4, 2, 1))

# For 06.


def _ratio(rows, columns, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.choice([-1.0, 1.0], (rows, columns)) * rng.uniform(0.5, 2, (rows, columns)) for _ in range(3))


def _walk_back(J, order, seed=operators.one, meet=operators.add):
    arrived = {J: seed()}
    for v in reversed(order):
        if v in arrived and v.operator:
            for i, rule in zip(v.operator.inputs, v.operator.prods, strict=True):
                if rule:  # a label has none
                    more = rule(arrived[v])
                    arrived[i] = meet(arrived[i], more) if i in arrived else more
    return arrived


def _walk_back_by_dict(J, order):
    arrived = {J: operators.one()}
    for v in reversed(order):
        if v in arrived and v.operator:
            shares = dict(zip(v.operator.inputs, [rule(arrived[v]) for rule in v.operator.prods], strict=True))
            for i, more in shares.items():
                arrived[i] = operators.add(arrived[i], more) if i in arrived else more
    return arrived


def _hasty(v, more, arrived):
    arrived[v] = operators.add(arrived[v], more) if v in arrived else more
    if v.operator:
        for i, rule in zip(v.operator.inputs, v.operator.prods, strict=True):
            _hasty(i, rule(arrived[v]), arrived)
    return arrived


def _graph(kind):
    """Return a scalar J and the order of its graph. Its variables are a, b, c and d."""
    a, b = Variable("a"), Variable("b")
    c = operators.multiply(a, operators.add(a, b), name="c")
    d = operators.multiply(c, c if kind == "square" else b, name="d")
    J = operators.sum(operators.add(d, c) if kind == "fork" else d, name="J")
    return J, topological_order([J])


def _gradients_by_name(arrived, J, order):
    """Return the gradients as numbers, in the order of the names; NaN where there is none."""
    if not isinstance(arrived, dict):
        raise TypeError(f"expected a dictionary from variables to gradients, got {type(arrived).__name__}")
    by_name = {v.name: v for v in order if v.name}
    feeds = {by_name["a"]: np.array([[3.0, -1.0, 2.0]]), by_name["b"]: np.array([[2.0, 4.0, -3.0]])}
    found = [arrived.get(by_name[name]) for name in "Jabcd"]
    values = []
    for gradient in found:
        needed = topological_order([gradient]) if isinstance(gradient, Variable) else ()
        fed = {v: value for v, value in feeds.items() if v in needed}
        values.append(run([gradient], fed)[0] if needed else np.nan)
    return tuple(values)


_RATIOS = (_ratio(2, 3, 0), _ratio(4, 1, 1))
_GRAPHS = (_graph("square"), _graph("fork"), _graph("plain"))

TASKS: dict[str, Task] = {
    # 01
    "weighted_sums": Task(
        lambda W1, x: W1 @ x,
        (
            (np.array([[1.0, 2.0, -1.0, 3.0], [-1.0, 4.0, 2.0, -2.0]]), np.array([[1.0], [2.0], [-1.0], [3.0]])),
            (np.array([[2.0, -1.0], [3.0, 5.0], [-4.0, 1.0]]), np.array([[-2.0], [7.0]])),
        ),
        "For any number of hidden units and inputs.",
        {
            "The numbers are right; expected a column, of shape (2, 1) for two hidden units.": lambda W1, x: (W1 @ x)[
                :, 0
            ],
            "The numbers are right; expected a column, got a row.": lambda W1, x: (W1 @ x).T,
            "The products are there; add up those of each row of W1.": lambda W1, x: W1 * x.T,
        },
    ),
    "price_of_weights": Task(
        lambda W1, W2, weight_decay: weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2)),
        (
            (np.array([[1.0, -2.0, 3.0]]), np.array([[2.0], [-1.0]]), 0.5),
            (np.array([[4.0], [-5.0]]), np.array([[0.5, 1.5], [2.5, -3.0], [1.0, 6.0]]), 0.3),
        ),
        "With 0.2 and doubled weights it is 9.2.",
        {
            "The half is missing.": lambda W1, W2, weight_decay: weight_decay * (np.sum(W1**2) + np.sum(W2**2)),
            "F5 has the squares of the norms, not the norms.": lambda W1, W2, weight_decay: (
                weight_decay / 2 * (np.linalg.norm(W1) + np.linalg.norm(W2))
            ),
            "A negative weight costs as much as a positive one: square before you add.": lambda W1, W2, weight_decay: (
                weight_decay / 2 * (np.sum(W1) + np.sum(W2))
            ),
            "Only W1 is paid for.": lambda W1, W2, weight_decay: weight_decay / 2 * np.sum(W1**2),
        },
    ),
    # 02
    "moves_with_W2": Task(
        lambda: {"o", "L", "s", "J"},
        told="z and h stay.",
        wrong={
            "W2 feeds two operators: follow both arrows.": lambda: {"o", "L", "J"},
            "These are what W2 feeds directly; the arrows go on from there.": lambda: {"o", "s"},
            "W2 itself was changed; what has to be computed again?": lambda: {"W2", "o", "L", "s", "J"},
            "Does a path of arrows lead from W2 to z and h?": lambda: {"z", "h", "o", "L", "s", "J"},
        },
    ),
    "walk_forward": Task(
        _walk_forward,
        tuple(_graphs()),
        "The same lines run any graph, cut or not.",
        {
            "A variable that is fed keeps its value, even if it has an operator: that is the cut.": lambda J, feeds: (
                _walk_forward(J, {v: value for v, value in feeds.items() if not v.operator})
            ),
        },
    ),
    # 03
    "slope_of_chain": Task(
        right=lambda a, u: np.cos((a * u) ** 3) * 3 * (a * u) ** 2 * a,
        cases=((2.0, 0.4), (-1.5, 0.7), (0.8, 1.3)),
        told="Three slopes, each at the value that arrives at its link, multiplied.",
        wrong={
            "Take each slope at the value that arrives at its link: of the sine at q, not at u.": lambda a, u: (
                np.cos(u) * 3 * u**2 * a
            ),
            "Take the slope of the sine at q, the value that arrives there.": lambda a, u: (
                np.cos(u) * 3 * (a * u) ** 2 * a
            ),
            "One of the three slopes is missing: that of p = a u.": lambda a, u: (
                np.cos((a * u) ** 3) * 3 * (a * u) ** 2
            ),
            "Slopes along one route are multiplied, not added.": lambda a, u: (
                np.cos((a * u) ** 3) + 3 * (a * u) ** 2 + a
            ),
        },
    ),
    "slope_over_routes": Task(
        right=lambda a, b, c, d, e, f: a * c * f + b * d * f + b * e,
        cases=((2.0, 3.0, 5.0, 7.0, 11.0, 13.0), (-1.5, 0.5, 2.5, -3.0, 4.0, 0.7)),
        told="Three routes: multiply along each, and add.",
        wrong={
            "Count the routes again: q has two edges to the right.": lambda a, b, c, d, e, f: a * c * f + b * d * f,
            "Count the routes again: one of them goes u, q, r, J.": lambda a, b, c, d, e, f: a * c * f + b * e,
            "Multiply along a route, and add over the routes; here it is the other way round.": (
                lambda a, b, c, d, e, f: (a + c + f) * (b + d + f) * (b + e)
            ),
            "Slopes along one route are multiplied, not added.": lambda a, b, c, d, e, f: (
                (a + c + f) + (b + d + f) + (b + e)
            ),
        },
    ),
    # 04
    "one_entry": Task(
        lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k] + weight_decay * W2[i, k],
        cases=(
            (2, 1, _04_G, _04_H, _04_W2, 0.3),
            (0, 3, _04_G, _04_H, _04_W2, 0.7),
        ),
        told="A product for each example, the penalty, and all of it added.",
        wrong={
            "One of the routes from this weight to J is missing: not all of them go through the outputs.": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k]
            ),
            "This holds for the first example alone. The weight serves every example.": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i, 0] * h[k, 0] + weight_decay * W2[i, k]
            ),
            "The penalty reaches this weight once, not once per example.": (
                lambda i, k, dJ_do, h, W2, weight_decay: (dJ_do[i] * h[k] + weight_decay * W2[i, k]).sum()
            ),
            "That divides by n. Look again at B2: where does 1/n stand already?": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k] / h.shape[1] + weight_decay * W2[i, k]
            ),
            "This is half a square for the penalty; its slope is asked for.": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k] + weight_decay / 2 * W2[i, k] ** 2
            ),
        },
    ),
    "back_to_h": Task(
        lambda W2, dJ_do: W2.T @ dJ_do,
        cases=((_04_W2, _04_G),),
        told="The summed letter is i, and W2 turned over has it last.",
        wrong={
            "The numbers are right, and they lie in rows. Here an example is a column.": lambda W2, dJ_do: dJ_do.T @ W2,
            "You added up the examples. Each example has an h of its own, and keeps its column.": (
                lambda W2, dJ_do: (W2.T @ dJ_do).sum(axis=1, keepdims=True)
            ),
            "That divides by n. Look again at B2: where does 1/n stand already?": (
                lambda W2, dJ_do: W2.T @ dJ_do / dJ_do.shape[1]
            ),
        },
    ),
    # 05
    "softmax_minus_one_hot": Task(
        _one_hot_off,
        _OUTPUTS,
        "Probability minus truth, a column per example, and the 1/n of the mean.",
        {
            "These are the probabilities, divided by n. The loss has a second term, −o of the label: where is its "
            "slope?": lambda o, y: softmax(o) / y.size,
            "These are the probabilities. The loss has a second term, −o of the label: where is its slope? And it is "
            "a mean over the examples.": lambda o, y: softmax(o),
            "It is n times too large. L is the mean over the n examples.": lambda o, y: y.size * _one_hot_off(o, y),
            "It has the wrong sign.": lambda o, y: -_one_hot_off(o, y),
            "The columns of softmax should each add up to 1. Here all entries together do: over which axis does the "
            "sum run?": lambda o, y: (np.exp(o) / np.exp(o).sum() - _one_hot(o, y)) / y.size,
            "The rows of softmax add up to 1. An example is a column: over which axis should the sum run?": (
                lambda o, y: (np.exp(o) / np.exp(o).sum(axis=1, keepdims=True) - _one_hot(o, y)) / y.size
            ),
            "You divided by all q · n entries. The mean is over the n examples.": (
                lambda o, y: _one_hot_off(o, y) / len(o)
            ),
            "1 was subtracted in every class. Only the class of the label has it.": (
                lambda o, y: (softmax(o) - 1) / y.size
            ),
        },
    ),
    "my_backward": Task(
        _backward,
        _PASSES,
        "All seven, and for every size.",
        {
            "∂J/∂o: these are the probabilities without minus one-hot.": _backward_with(
                o=lambda o, y: softmax(o) / y.size
            ),
            "∂J/∂o: the 1/n of the mean is missing.": _backward_with(o=lambda o, y: y.size * _one_hot_off(o, y)),
            "∂J/∂o: neither the minus one-hot nor the 1/n of the mean is there.": _backward_with(
                o=lambda o, y: softmax(o)
            ),
            "A weight matrix reaches J by two routes, through its product and through s. Only the first is there: λW "
            "is missing.": _backward_with(decay=0.0),
            "λW is there twice: half of a square has the slope of its base.": _backward_with(decay=2.0),
            "λW is subtracted. J is the sum of L and s.": _backward_with(decay=-1.0),
            "A gradient of weights is turned over: it has the shape of its matrix transposed. Which letter should name "
            "its rows?": _backward_with(product=lambda g, a: (g @ a.T).T),
            "A gradient of weights was divided by n once more. The 1/n is in ∂J/∂o already.": _backward_with(
                product=lambda g, a: g @ a.T / g.shape[1]
            ),
            "∂J/∂z: φ′ was added. φ scales what passes through it: the product ⊙, entry by entry.": _backward_with(
                φ=lambda g, z, h: g + (1 - h**2)
            ),
            "∂J/∂z: this is ∂J/∂h, and φ′ is missing.": _backward_with(φ=lambda g, z, h: g),
            "∂J/∂z: φ′ was taken of h. B6 takes it of z, the value before the activation.": _backward_with(
                φ=lambda g, z, h: g * (1 - np.tanh(h) ** 2)
            ),
            "∂J/∂z: 1 − z² is not the slope of tanh. Which of z and h is the tanh?": _backward_with(
                φ=lambda g, z, h: g * (1 - z**2)
            ),
            "∂J/∂z: this is ∂J/∂h times φ(z). B6 has the slope φ′(z).": _backward_with(φ=lambda g, z, h: g * h),
            "∂J/∂W1 was made from ∂J/∂h. Between h and z there is φ.": _backward_with(skip=True),
        },
        ("∂J/∂L", "∂J/∂s", "∂J/∂o", "∂J/∂W2", "∂J/∂h", "∂J/∂z", "∂J/∂W1"),
    ),
    # 06
    "ratio_prods": Task(
        lambda dJ, a, b: (dJ / b, -dJ * a / b**2),
        _RATIOS,
        "One share for each input, each of the shape of its input.",
        {
            "These are the slopes of a/b. Each has to be multiplied by the gradient that arrives.": (
                lambda dJ, a, b: (1 / b, -a / b**2)
            ),
            "b: the sign. What becomes of a/b when b grows?": lambda dJ, a, b: (dJ / b, dJ * a / b**2),
            "b: 1/b has the slope −1/b², with a square.": lambda dJ, a, b: (dJ / b, -dJ * a / b),
            "b: a is missing. It is the factor in front of 1/b.": lambda dJ, a, b: (dJ / b, -dJ / b**2),
            "b: this is the rule of a product. Write a/b as a · b⁻¹.": lambda dJ, a, b: (dJ / b, dJ * a),
            "a: this is the rule of a product. Here b divides.": lambda dJ, a, b: (dJ * b, -dJ * a / b**2),
            "The two shares have changed places.": lambda dJ, a, b: (-dJ * a / b**2, dJ / b),
        },
        ("the share of a", "the share of b"),
    ),
    "walk_back": Task(
        _walk_back,
        _GRAPHS,
        "It adds where gradients meet, and passes on what is complete.",
        {
            "A gradient that arrives second replaces the first. Where gradients meet they are added.": (
                lambda J, order: _walk_back(J, order, meet=lambda old, new: new)
            ),
            "A gradient that arrives second is dropped. Where gradients meet they are added.": (
                lambda J, order: _walk_back(J, order, meet=lambda old, new: old)
            ),
            "An operator may use one input twice, as a ⊙ a does. Of its two shares one was lost.": _walk_back_by_dict,
            "Only the inputs of the last operator got a gradient. The walk begins at J: in which direction should it "
            "go through the order?": lambda J, order: _walk_back(J, order[::-1]),
            "The walk started with J. It starts with ∂J/∂J: how fast does J rise with itself?": (
                lambda J, order: _walk_back(J, order, seed=lambda: J)
            ),
            "The walk started with 0, and every share of 0 is 0. How fast does J rise with itself?": (
                lambda J, order: _walk_back(J, order, seed=lambda: operators.zeros(J))
            ),
            "Only J has a gradient. Nothing was passed on from there.": lambda J, order: {J: operators.one()},
            "Nothing has arrived anywhere. With which gradient does the walk start, and at which variable?": (
                lambda J, order: {}
            ),
            "A gradient was passed on before the other arrows had brought their share, and so some of it was counted "
            "twice.": lambda J, order: _hasty(J, operators.one(), {}),
        },
        ("∂J/∂J", "∂J/∂a", "∂J/∂b", "∂J/∂c", "∂J/∂d"),
        _gradients_by_name,
    ),
    # 07
    "step": Task(
        lambda W, dL_dW, learning_rate, weight_decay: W - learning_rate * (dL_dW + weight_decay * W),
        (
            (np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]), np.array([[2.0, 1.0, -4.0], [3.0, -2.0, 5.0]]), 0.5, 0.1),
            (np.array([[7.0, -3.0]]), np.array([[-2.0, 6.0]]), 0.2, 0.3),
        ),
        "One step, in which every weight also loses the share ηλ of itself.",
        {
            "This climbs: the gradient points to where J grows, so the step goes the other way.": (
                lambda W, dL_dW, learning_rate, weight_decay: W + learning_rate * (dL_dW + weight_decay * W)
            ),
            "This is the step on L alone. J = L + s, and s has a gradient too, by B3.": (
                lambda W, dL_dW, learning_rate, weight_decay: W - learning_rate * dL_dW
            ),
            "λW is a part of the gradient, so the learning rate multiplies it too.": (
                lambda W, dL_dW, learning_rate, weight_decay: W - learning_rate * dL_dW - weight_decay * W
            ),
        },
    ),
    "stored_bytes": Task(
        lambda depth, width, batch: 2 * depth * width * batch * 8,
        ((3, 5, 7), (16, 256, 512), (1, 2, 3)),
        "One z and one h per hidden layer, width × batch numbers of 8 bytes each.",
        {
            "These are numbers, not bytes: a float64 takes 8.": lambda depth, width, batch: 2 * depth * width * batch,
            "Each layer stores two arrays: h for the next layer's B4, and z for B6.": (
                lambda depth, width, batch: depth * width * batch * 8
            ),
            "Each layer stores two arrays, and a float64 takes 8 bytes.": lambda depth, width, batch: (
                depth * width * batch
            ),
        },
    ),
}


def check_task(name, answer):
    """Judge the answer to a blank of a lesson.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    answer : callable or value
        As the lesson asks for. A blank is `...`, or a function that returns `...` or None.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> TASKS["example"] = Task(lambda x: 3 * x, ((2.0,),), wrong={"That adds 3.": lambda x: 3 + x})
    >>> check_task("example", lambda x: ...)
    example: not attempted yet.
    >>> check_task("example", lambda x: x + 3)
    example: not right yet. That adds 3.
    >>> del TASKS["example"]
    """
    task, got = TASKS[name], []
    if answer is BLANK:
        return Verdict(name, "open")
    for case in task.cases:
        given = copy.deepcopy(case)
        try:
            value = answer(*given) if case or callable(answer) else answer
        except Exception as error:
            return Verdict(name, "wrong", SENTENCES["raised"].format(error=f"{type(error).__name__}: {error}"))
        if value is BLANK or value is None:
            return Verdict(name, "open")
        for number, (before, after) in enumerate(zip(case, given, strict=True), start=1):
            if isinstance(before, np.ndarray) and not np.array_equal(before, after):
                return Verdict(name, "wrong", SENTENCES["changed"].format(number=number))
        try:
            got.append(task.result(value, *given) if task.result else value)
        except Exception as error:
            return Verdict(name, "wrong", SENTENCES["raised"].format(error=f"{type(error).__name__}: {error}"))
    if task.parts:
        return _judge_parts(name, task, got)
    expected = [task.right(*copy.deepcopy(case)) for case in task.cases]
    if _same(got, expected):
        return Verdict(name, "right", translated(name, task.told))
    for sentence, usual in task.wrong.items():
        if _same(got, [usual(*copy.deepcopy(case)) for case in task.cases]):
            return Verdict(name, "wrong", translated(name, sentence))
    if (shape := _shape(got[0])) != _shape(expected[0]):
        told = SENTENCES["shape"].format(expected=_shape(expected[0]), got=shape)
        return Verdict(name, "wrong", told)
    return Verdict(name, "wrong", SENTENCES["number"])


def _shape(value):
    try:
        return np.shape(value)
    except ValueError:  # a list of arrays of several shapes
        return SENTENCES["shapes"]


def _judge_parts(name, task, got):
    """Judge answers of several parts by the first part that differs."""
    for value in got:
        if not isinstance(value, tuple | list) or len(value) != len(task.parts):
            came = f"{len(value)}" if isinstance(value, tuple | list) else type(value).__name__
            told = SENTENCES["parts"].format(
                count=len(task.parts), names=joined("comma", [translated(name, part) for part in task.parts]), got=came
            )
            return Verdict(name, "wrong", told)

    def of(function):
        answers = []
        for case in task.cases:
            given = copy.deepcopy(case)
            value = function(*given)
            answers.append(task.result(value, *given) if task.result else value)
        return answers

    expected = of(task.right)
    for k, part in enumerate(translated(name, part) for part in task.parts):
        mine, right = [value[k] for value in got], [value[k] for value in expected]
        if _all_same(mine, right):
            continue
        found = {}
        for sentence, usual in task.wrong.items():
            answers = of(usual)
            if _all_same(mine, [value[k] for value in answers]):
                before = all(_all_same(a[:k], e[:k]) for a, e in zip(answers, expected, strict=True))
                whole = all(_all_same(a, g) for a, g in zip(answers, got, strict=True))
                found[sentence] = whole, before
        missing = any(value is np.nan for value in mine)
        if missing and not any(whole for whole, _ in found.values()):
            return Verdict(name, "wrong", SENTENCES["part missing"].format(name=part))
        if found:  # rather one that agrees in every part, or whose first mistake is this one
            return Verdict(name, "wrong", translated(name, max(found, key=found.get)))
        if np.shape(mine[0]) != np.shape(right[0]):
            turned = np.shape(mine[0]) == np.shape(right[0])[::-1]
            told = SENTENCES["part turned" if turned else "part shape"]
            told = told.format(name=part, expected=np.shape(right[0]), got=np.shape(mine[0]))
            return Verdict(name, "wrong", told)
        return Verdict(name, "wrong", SENTENCES["part"].format(name=part))
    return Verdict(name, "right", translated(name, task.told))


def _all_same(some, others):
    """Return whether arrays agree in pairs; NaN, which stands for what is missing, agrees with itself."""
    try:
        return all(
            np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)
            for a, b in zip(some, others, strict=True)
        )
    except (TypeError, ValueError):  # not numbers
        return False


def _same(some, others):
    try:
        return all(
            np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9)
            for a, b in zip(some, others, strict=True)
        )
    except (TypeError, ValueError):  # not numbers
        try:
            return some == others
        except ValueError:  # a list of arrays of several shapes
            return False
