"""The memory that training and prediction need: predicted from the graph, and measured."""

import gc
import math
import tracemalloc
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers._validation import as_dtype, check_kind
from helpers.graph import Variable, schedule, shapes, topological_order


class Footprint(NamedTuple):
    """Bytes, by kind, that evaluating a graph needs.

    Attributes
    ----------
    parameters, inputs : int
        The arrays that are fed.
    intermediates : int
        The peak of all that `run` computes, the asked-for outputs included, at the moment when it is largest.
    kept : tuple of pairs
        The variables that are alive at that moment, each with its bytes, the largest first.
    """

    parameters: int
    inputs: int
    intermediates: int
    kept: tuple

    @property
    def total(self):
        """Bytes of everything."""
        return self.parameters + self.inputs + self.intermediates


def footprint(outputs, fed, dtype=np.float64):
    """Predict the memory that ``run(outputs, …)`` needs, from the graph and the shapes alone.

    Nothing is computed. The walk is that of `run`: each operator makes an array, and an array is let go after its
    last use.

    Parameters
    ----------
    outputs : sequence of Variable
        ``[c.o]`` for prediction, ``[c.J, dW1, dW2]`` for a training step.
    fed : dict
        From the variables that are fed to their shapes.
    dtype : numpy.float32 or numpy.float64
        Of all arrays; class numbers, an input of one axis, count 8 bytes each.

    Returns
    -------
    Footprint

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described above, shapes do not fit, a variable that is needed is not fed, or one is
        fed that `run` would refuse.

    Notes
    -----
    What an operator needs for a moment while it computes is not counted. The largest such array is φ′(z) of B6: NumPy
    overwrites it with the product on some platforms, and on others it stands beside it.

    Examples
    --------
    >>> from helpers.operators import one_hidden_layer
    >>> c = one_hidden_layer()
    >>> footprint([c.o], {c.x: (64, 20), c.W1: (32, 64), c.W2: (10, 32)}).intermediates
    10240
    """
    peak, at_peak = 0, {}
    walk = _Allocation(outputs, fed, dtype)
    for _, alive, now in walk:
        if now > peak:
            peak, at_peak = now, dict(alive)
    kept = tuple(sorted(at_peak.items(), key=lambda pair: -pair[1]))
    parameters = sum(walk.size(v) for v in fed if v.parameter)
    return Footprint(parameters, sum(map(walk.size, fed)) - parameters, peak, kept)


class Moment(NamedTuple):
    """What is alive at one moment of evaluating a graph, apart from what is fed.

    Attributes
    ----------
    variable : Variable
        What was computed last.
    forward, backward : int
        Bytes of what the objective is made of, and of all else: gradients, and what they are made of. Without a
        gradient among the outputs all is forward.
    """

    variable: Variable
    forward: int
    backward: int


def timeline(outputs, fed, dtype=np.float64):
    """Predict what is alive after each operator of ``run(outputs, …)``, as `footprint` does for the peak.

    Parameters
    ----------
    outputs, fed, dtype
        As for `footprint`.

    Returns
    -------
    list of Moment
        One per operator that makes an array of its own, in the order of the walk, before anything is let go that it
        used last.

    Raises
    ------
    TypeError, ValueError
        As for `footprint`.

    Examples
    --------
    >>> from helpers.operators import one_hidden_layer
    >>> c = one_hidden_layer()
    >>> for moment in timeline([c.o], {c.x: (64, 20), c.W1: (32, 64), c.W2: (10, 32)}):
    ...     print(moment)
    Moment(variable=z, forward=5120, backward=0)
    Moment(variable=h, forward=10240, backward=0)
    Moment(variable=o, forward=6720, backward=0)
    """
    walk = _Allocation(outputs, fed, dtype)
    objectives = {v.objective for v in walk.order} - {None}
    forward, moments = {*topological_order(objectives or walk.order)}, []
    for v, alive, now in walk:
        of_forward = sum(size for u, size in alive.items() if u in forward)
        moments.append(Moment(v, of_forward, now - of_forward))
    return moments


class _Allocation:
    """The walk of `run` with sizes for arrays: after each operator what it computed, what is alive, and its bytes."""

    def __init__(self, outputs, fed, dtype):
        check_kind("fed", fed, dict, "a dict from variables to shapes")
        self.item, self.fed = as_dtype(dtype).itemsize, fed
        self.order, self.uses = schedule(outputs, fed)
        self.shapes = shapes(self.order, fed)

    def size(self, v):
        count = math.prod(self.shapes[v])
        if v in self.fed:
            return count * (8 if len(self.shapes[v]) == 1 else self.item)
        return count * (v.operator.rule.bytes_each or self.item)

    def __iter__(self):
        array_of = {v: v for v in self.fed}  # a view of an array, or another name of it, is not an array of its own
        for v in self.order:
            rule, inputs = v.operator.rule, v.operator.inputs
            array_of[v] = v if not rule.view else array_of[inputs[0]] if inputs else None
        left = Counter()
        for v, times in self.uses.items():
            left[array_of[v]] += times
        alive, now = {}, 0
        for v in self.order:
            if array_of[v] is v:
                alive[v] = self.size(v)
                now += alive[v]
                yield v, alive, now
            for i in v.operator.inputs:
                left[array_of[i]] -= 1
                if not left[array_of[i]]:
                    now -= alive.pop(array_of[i], 0)


def measure(work):
    """Measure the peak of memory that a function allocates, with tracemalloc.

    Parameters
    ----------
    work : callable
        Takes no argument.

    Returns
    -------
    int
        Bytes at the peak, beyond what was there before. NumPy reports its arrays to tracemalloc; scratch memory of
        its BLAS is not counted.

    Examples
    --------
    >>> 8_000_000 <= measure(lambda: np.zeros(1_000_000)) < 8_100_000
    True
    """
    check_kind("work", work, Callable, "a function without arguments")
    gc.collect()
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()
