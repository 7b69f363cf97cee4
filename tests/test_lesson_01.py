"""Lessons 00 to 02: their blanks, and the claims that must hold for other seeds too."""

import nbformat
import numpy as np
import pytest
from test_notebooks import NOTEBOOKS

from helpers.data import digits
from helpers.exercises.tasks import check_task
from helpers.functions import tanh
from helpers.graph import topological_order
from helpers.network import MLP

SEEDS = range(8)
DATA = digits()


def lets_the_error_fall(seed):
    x, y = DATA.x_train[:, :32], DATA.y_train[:32]
    net = MLP.random(inputs=64, hidden=32, outputs=10, seed=seed)
    f = net.forward(x, y)
    g = net.backward(f)
    net.W1, net.W2 = net.W1 - 0.1 * g.W1, net.W2 - 0.1 * g.W2
    assert net.forward(x, y).J < f.J


def untrained(seed):
    return MLP.random(inputs=64, hidden=32, outputs=10, weight_decay=0.01, activation=tanh, seed=seed)


def is_no_better_than_even(seed):
    assert untrained(seed).forward(DATA.x_train, DATA.y_train).L > np.log(10)


def guesses(seed):
    right = (untrained(seed).predict(DATA.x_test).argmax(axis=0) == DATA.y_test).mean()
    assert 0.05 < right < 0.15


CLAIMS = {
    "The error fell.": lets_the_error_fall,
    "Ours, with random weights, is no better.": is_no_better_than_even,
    "About one in ten, as a guess would do.": guesses,
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.__name__)
def test_a_claim_holds_for_other_seeds(claim, seed):
    claim(seed)


def test_the_claims_stand_in_the_notebooks():
    texts = "\n".join(cell.source for path in NOTEBOOKS[:3] for cell in nbformat.read(path, as_version=4).cells)
    assert [claim for claim in CLAIMS if claim not in texts] == []


# The blanks: a right answer, as a reader might write it, and some wrong ones with what is said of them.


def weighted_sums(W1, x):
    z = np.zeros((len(W1), 1))
    for i in range(len(W1)):
        for k in range(len(x)):
            z[i, 0] += W1[i, k] * x[k, 0]
    return z


def price_of_weights(W1, W2, weight_decay):
    return weight_decay / 2 * (np.linalg.norm(W1) ** 2 + np.linalg.norm(W2) ** 2)


def moves_with_W2():
    return {"J", "L", "o", "s"}


def walk_forward(J, feeds):
    values = dict(feeds)
    for v in topological_order([J], feeds):
        operator = v.operator
        values[v] = operator.rule.value(*(values[i] for i in operator.inputs), **operator.parameters)
    return values[J]


def recursively(J, feeds):
    if J in feeds:
        return feeds[J]
    arrays = [recursively(i, feeds) for i in J.operator.inputs]
    return J.operator.rule.value(*arrays, **J.operator.parameters)


def test_another_way_to_walk_is_right_too():
    assert check_task("walk_forward", recursively).status == "right"


def test_a_walk_may_write_into_its_feeds():
    def walk(J, feeds):
        for v in topological_order([J]):
            if v not in feeds:
                feeds[v] = v.operator.rule.value(*(feeds[i] for i in v.operator.inputs), **v.operator.parameters)
        return feeds[J]

    assert check_task("walk_forward", walk).status == "right"


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("weighted_sums", lambda W1, x: W1.sum(axis=1, keepdims=True), "This is not what the step gives."),
        ("weighted_sums", lambda W1, x: x @ W1, "ValueError"),
        ("price_of_weights", lambda W1, W2, weight_decay: W1 + W2, "ValueError"),
        ("moves_with_W2", lambda: {"z"}, "This is not what the step gives."),
        ("walk_forward", lambda J, feeds: [*feeds.values()], "expected shape (), got several shapes"),
        ("walk_forward", lambda J, feeds: recursively(J, {}), "'NoneType' object has no attribute 'inputs'"),
    ],
)
def test_other_mistakes_are_told_apart_from_blanks(name, answer, told):
    verdict = check_task(name, answer)
    assert verdict.status == "wrong"
    assert told in verdict.message
