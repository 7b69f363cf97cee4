"""Notebook 05: its two blanks are open, the right answers are right, and each usual mistake gets its own sentence."""

from pathlib import Path

import numpy as np
import pytest

from helpers.checking import check_gradients
from helpers.exercises.tasks import check_task
from helpers.functions import softmax, tanh
from helpers.network import MLP, Gradients


def softmax_minus_one_hot(o, y):
    n = y.size
    p = softmax(o)
    p[y, np.arange(n)] -= 1
    return p / n


def my_backward(W1, W2, weight_decay, x, y, z, h, o):
    dJ_dL = dJ_ds = 1.0
    dJ_do = softmax_minus_one_hot(o, y)
    dJ_dW2 = dJ_do @ h.T + weight_decay * W2
    dJ_dh = W2.T @ dJ_do
    dJ_dz = dJ_dh * (1 - np.tanh(z) ** 2)
    dJ_dW1 = dJ_dz @ x.T + weight_decay * W1
    return dJ_dL, dJ_ds, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1


def changed(line, new):
    """Return `my_backward` as a reader might have written it, with a piece of its text changed."""
    source = Path(__file__).read_text(encoding="utf-8").partition("def my_backward")[2].partition("\n\n\n")[0]
    assert line in source
    names = {"np": np, "softmax_minus_one_hot": softmax_minus_one_hot, "softmax": softmax}
    exec("def my_backward" + source.replace(line, new), names)
    return names["my_backward"]


@pytest.mark.parametrize(
    ("line", "new", "part"),
    [
        ("h.T + weight_decay * W2", "h.T", "λW is missing"),
        ("x.T + weight_decay * W1", "x.T", "λW is missing"),
        ("dJ_do @ h.T + weight_decay * W2", "h @ dJ_do.T", "Rows and columns have changed places"),
        ("(1 - np.tanh(z) ** 2)", "(1 - np.tanh(h) ** 2)", "φ′ was taken of h"),
        ("(1 - np.tanh(z) ** 2)", "(1 - z**2)", "1 − z²"),
        ("* (1 - np.tanh(z) ** 2)", "+ (1 - np.tanh(z) ** 2)", "φ′ was added"),
        ("* (1 - np.tanh(z) ** 2)", "* h", "times φ(z)"),
        ("= softmax_minus_one_hot(o, y)", "= softmax(o) / y.size", "without minus one-hot"),
        ("= softmax_minus_one_hot(o, y)", "= y.size * softmax_minus_one_hot(o, y)", "1/n of the mean is missing"),
        ("= dJ_dz @ x.T", "= dJ_dh @ x.T", "made from ∂J/∂h"),
        ("= W2.T @ dJ_do", "= W2 @ dJ_do", "ValueError"),
        ("= W2.T @ dJ_do", "= 3 * W2.T @ dJ_do", "∂J/∂h is the first that is wrong"),
        ("= W2.T @ dJ_do", "= (W2.T @ dJ_do)[:1]", "∂J/∂h: expected shape"),
        ("return dJ_dL, dJ_ds,", "return", "Expected 7 values"),
        ("return dJ_dL, dJ_ds, dJ_do,", "return dJ_dL, dJ_ds, ...,", "∂J/∂o: expected shape"),
    ],
)
def test_what_a_reader_may_write(line, new, part):
    verdict = check_task("my_backward", changed(line, new))
    assert verdict.status == "wrong"
    assert part in verdict.message


def test_of_two_mistakes_the_first_is_named_and_then_the_second():
    both = changed("return", "dJ_dW2 = dJ_do @ h.T; dJ_dz = dJ_dh; dJ_dW1 = dJ_dz @ x.T + weight_decay * W1; return")
    assert "λW is missing" in check_task("my_backward", both).message
    second = changed("dJ_dz = dJ_dh * (1 - np.tanh(z) ** 2)", "dJ_dz = dJ_dh")
    assert "φ′ is missing" in check_task("my_backward", second).message


def test_an_answer_may_be_named_gradients_and_may_not_change_what_it_is_given():
    assert check_task("my_backward", lambda *given: Gradients(*my_backward(*given))).status == "right"

    def writes(o, y):
        o[y, np.arange(y.size)] -= 1
        return o

    assert "argument number 1" in check_task("softmax_minus_one_hot", writes).message


@pytest.mark.parametrize("sizes", [(4, 3, 2, 5), (2, 6, 3, 1), (5, 1, 4, 3)])
def test_the_second_judge_agrees(sizes):
    d, hidden, q, n = sizes
    net = MLP.random(d, hidden, q, weight_decay=0.3, activation=tanh)
    rng = np.random.default_rng(0)

    def judged(backward):
        def passed(net, f):
            return Gradients(*backward(net.W1, net.W2, net.weight_decay, f.x, f.y, f.z, f.h, f.o))

        return check_gradients(net, rng.standard_normal((d, n)), rng.integers(q, size=n), backward=passed)

    assert judged(my_backward).ok
    assert judged(changed("h.T + weight_decay * W2", "h.T")).first_wrong == "W2"
    assert judged(changed("(1 - np.tanh(z) ** 2)", "(1 - z**2)")).first_wrong == "z"
