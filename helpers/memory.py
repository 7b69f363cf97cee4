"""The memory that training and prediction need: predicted from the graph, and measured."""

import gc
import math
import tracemalloc
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers._validation import as_dtype, check_kind
from helpers.graph import schedule, shapes


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
    check_kind("fed", fed, dict, "a dict from variables to shapes")
    item = as_dtype(dtype).itemsize
    order, uses = schedule(outputs, fed)
    found = shapes(order, fed)

    def size(v):
        if v in fed:
            return math.prod(found[v]) * (8 if len(found[v]) == 1 else item)
        return math.prod(found[v]) * (v.operator.rule.bytes_each or item)

    array_of = {v: v for v in fed}  # a view of an array, or another name of it, is not an array of its own
    for v in order:
        rule, inputs = v.operator.rule, v.operator.inputs
        array_of[v] = v if not rule.view else array_of[inputs[0]] if inputs else None
    left = Counter()
    for v, times in uses.items():
        left[array_of[v]] += times
    alive, now, peak, at_peak = {}, 0, 0, {}
    for v in order:
        if array_of[v] is v:
            alive[v] = size(v)
            now += alive[v]
        if now > peak:
            peak, at_peak = now, dict(alive)
        for i in v.operator.inputs:
            left[array_of[i]] -= 1
            if not left[array_of[i]]:
                now -= alive.pop(array_of[i], 0)
    kept = tuple(sorted(at_peak.items(), key=lambda pair: -pair[1]))
    parameters = sum(size(v) for v in fed if v.parameter)
    return Footprint(parameters, sum(size(v) for v in fed) - parameters, peak, kept)


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
