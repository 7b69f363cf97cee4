"""Minibatch stochastic gradient descent: forward and backward in alternation."""

import math
import sys

import numpy as np
from tqdm import tqdm

from helpers._console import tell
from helpers._language import Sentences
from helpers._validation import as_integer, as_labels, as_number, check_kind
from helpers.network import MLP

SENTENCES = Sentences() | {
    "changes": "objective {verb} from {first:.3g} to {last:.3g} in {epochs} epochs, λ = {weight_decay:g}",
    "falls": "falls",
    "rises": "rises",
    "stays": "objective stays at {last:.3g} for {epochs} epochs, λ = {weight_decay:g}",
    "one epoch": "objective is {last:.3g} in 1 epoch, λ = {weight_decay:g}",
    "ended": "{summary}. {why}",
    "diverged": "Training diverged in step {step}: {what} is {value:.3g}. Lower learning_rate, which is {rate:g}. "
    "The weights are those before this step.",
    "diverged with decay": "Training diverged in step {step}: {what} is {value:.3g}. Lower learning_rate, which is "
    "{rate:g}, or weight_decay, which is {weight_decay:g}. The weights are those before this step.",
    "interrupted": "Training was interrupted after step {step}. What it had is kept, and so are the weights.",
}
TOO_LARGE = 1e3  # times the first objective: no run comes back from there to anything useful

if sys.platform == "emscripten":
    tqdm.monitor_interval = 0  # it watches its bars from a thread, and a browser has none to give


class History:
    """What a training run recorded.

    Attributes
    ----------
    J, L, s, accuracy : array
        Objective, loss, penalty and share of right answers on the minibatch of each step, before its update. The
        accuracy is NaN where the labels are not classes.
    W1, W2, dW1, dW2 : array
        Frobenius norms of the weights before each update, and of the gradients of J.
    test_loss, test_accuracy : array
        After each epoch; empty if no test set was given.
    steps_per_epoch : int
    weight_decay : float
    ended_early : str
        Why the run ended early, or "".
    ending : dict
        The same as values by name, such as ``step``; empty if the run went to its end.
    """

    PER_STEP = ("J", "L", "s", "accuracy", "W1", "W2", "dW1", "dW2")
    PER_EPOCH = ("test_loss", "test_accuracy")

    def __init__(self, rows, tests, steps_per_epoch, weight_decay, ending):
        for names, table in ((self.PER_STEP, rows), (self.PER_EPOCH, tests)):
            for name, column in zip(names, np.array(table, float).reshape(-1, len(names)).T, strict=True):
                setattr(self, name, column)
        self.steps_per_epoch, self.weight_decay, self.ending = steps_per_epoch, weight_decay, ending
        self.ended_early = why_ended(ending)

    def per_epoch(self, name):
        """Return the mean of a record over the steps of each epoch; an epoch that was cut short is left out."""
        if not (isinstance(name, str) and name in self.PER_STEP):
            raise ValueError(f"name: expected one of {', '.join(self.PER_STEP)}, got {name!r}")
        column = getattr(self, name)
        whole = len(column) // self.steps_per_epoch * self.steps_per_epoch
        return column[:whole].reshape(-1, self.steps_per_epoch).mean(axis=1)

    def __repr__(self):
        J = self.per_epoch("J")
        if not len(J):
            return self.ended_early
        stays = f"{J[0]:.3g}" == f"{J[-1]:.3g}"
        summary = SENTENCES["one epoch" if len(J) == 1 else "stays" if stays else "changes"].format(
            verb=SENTENCES["falls" if J[-1] < J[0] else "rises"],
            first=J[0],
            last=J[-1],
            epochs=len(J),
            weight_decay=self.weight_decay,
        )
        return SENTENCES["ended"].format(summary=summary, why=self.ended_early) if self.ended_early else summary


def why_ended(ending, steps_before=0):
    """Return the sentence that says why a run ended early, or "".

    Parameters
    ----------
    ending : dict
        Of a `History`.
    steps_before : int
        How many steps other runs took before this one, if they count as one.

    Examples
    --------
    >>> why_ended({"sentence": "interrupted", "step": 2}, steps_before=10)
    'Training was interrupted after step 12. What it had is kept, and so are the weights.'
    """
    return SENTENCES[ending["sentence"]].format(**ending | {"step": steps_before + ending["step"]}) if ending else ""


def accuracy(net, x, y):
    """Return the share of examples whose largest output is that of their class.

    Parameters
    ----------
    net : MLP
    x : array_like, d × n
    y : array_like, n
        Class numbers.

    Returns
    -------
    float

    Examples
    --------
    >>> from helpers.network import MLP
    >>> accuracy(MLP([[1.0]], [[1.0], [2.0]]), [[1.0, 1.0]], [1, 0])
    0.5
    """
    check_kind("net", net, MLP, "an MLP")
    o = net.predict(x)
    outputs, examples = o.shape
    return float(np.mean(o.argmax(axis=0) == as_labels("classes", y, outputs, examples, o.dtype)))


def train(net, x, y, *, epochs, batch_size, learning_rate, seed=0, x_test=None, y_test=None):
    """Train a network in place by minibatch stochastic gradient descent.

    Each epoch goes through all examples once, in an order drawn anew. Each step runs the forward and the backward
    pass on one minibatch, and moves the weights against their gradients: W ← W − η ∂J/∂W, which with weight decay is
    W ← (1 − ηλ) W − η ∂L/∂W. A run of more than a second shows a progress bar.

    Parameters
    ----------
    net : MLP
        Its weights are changed.
    x, y
        All examples, as for `MLP.forward`.
    epochs, batch_size : int
    learning_rate : float
        η > 0.
    seed : int
        Of the order of the examples. The same seed gives the same run, to the bit, on one machine.
    x_test, y_test : optional
        Examples to measure loss and accuracy on after each epoch.

    Returns
    -------
    History
        Also of a run that diverged or was interrupted (in a notebook: the stop button), which prints a sentence.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described above.

    Examples
    --------
    >>> from helpers.network import MLP
    >>> net = MLP.random(inputs=2, hidden=8, outputs=2)
    >>> x, y = [[0.0, 0, 1, 1], [0.0, 1, 0, 1]], [0, 1, 1, 0]
    >>> train(net, x, y, epochs=200, batch_size=4, learning_rate=0.5)
    objective falls from 0.778 to 0.178 in 200 epochs, λ = 0
    """
    check_kind("net", net, MLP, "an MLP")
    epochs, batch_size = as_integer("epochs", epochs, low=1), as_integer("batch_size", batch_size, low=1)
    learning_rate = as_number("learning_rate", learning_rate, above=0)
    if (x_test is None) != (y_test is None):
        raise ValueError("pass both x_test and y_test, or neither")
    with np.errstate(all="ignore"):
        f = net.forward(x, y)  # also checks x and y
        if x_test is not None:
            try:
                net.forward(x_test, y_test)
            except (TypeError, ValueError) as error:
                raise type(error)(f"test set: {error}") from None
        x, y, limit = f.x, f.y, TOO_LARGE * (1 + abs(f.J))
    del f
    examples = x.shape[1]
    steps_per_epoch = math.ceil(examples / batch_size)
    classes = net.loss.labels == "classes"
    rng = np.random.default_rng(as_integer("seed", seed))
    rows, tests, ending = [], [], {}
    bar = tqdm(total=epochs * steps_per_epoch, unit="step", delay=1, leave=False, file=sys.stdout)
    try:
        with bar, np.errstate(all="ignore"):  # what overflows is told below, in a sentence
            for _ in range(epochs):
                order = rng.permutation(examples)
                for start in range(0, examples, batch_size):
                    batch = order[start : start + batch_size]
                    f = net.forward(x[:, batch], y[..., batch])
                    g = net.backward(f)
                    right = np.mean(f.o.argmax(axis=0) == f.y) if classes else np.nan
                    norms = [np.linalg.norm(W) for W in (net.W1, net.W2, g.W1, g.W2)]
                    row = [(f.J, f.L, f.s, right, *norms)]
                    W1, W2 = net.W1 - learning_rate * g.W1, net.W2 - learning_rate * g.W2
                    norms += [np.linalg.norm(W1), np.linalg.norm(W2)]
                    ending = _diverged(net, f.J, norms, limit, len(rows) + 1, learning_rate)
                    if ending:
                        break
                    net.W1, net.W2 = W1, W2  # with no call in between: all of a step or, if interrupted, none
                    rows += row
                    bar.update()
                if ending:
                    break
                if x_test is not None:
                    f = net.forward(x_test, y_test)
                    tests.append((f.L, np.mean(f.o.argmax(axis=0) == f.y) if classes else np.nan))
    except KeyboardInterrupt:
        ending = {"sentence": "interrupted", "step": len(rows)}
    history = History(rows, tests, steps_per_epoch, net.weight_decay, ending)
    if ending:
        tell(history.ended_early)
    return history


def _diverged(net, J, norms, limit, step, learning_rate):
    """Return how a run has diverged, as the `ending` of its History, or {}."""
    names = ("J", "‖W1‖", "‖W2‖", "‖∂J/∂W1‖", "‖∂J/∂W2‖", "‖W1−η∂J/∂W1‖", "‖W2−η∂J/∂W2‖")
    for what, value in zip(names, [J, *norms], strict=True):
        if not np.isfinite(value) or (what == "J" and value > limit):
            sentence = "diverged with decay" if net.weight_decay else "diverged"
            told = {"sentence": sentence, "step": step, "what": what, "value": value}
            return told | {"rate": learning_rate, "weight_decay": net.weight_decay}
    return {}
