"""E5 in real processes: the graph cut over two of them, and a minibatch shared out, against one process."""

import multiprocessing
import os
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
import workers
from solutions import solutions

from helpers.functions import tanh
from helpers.network import MLP

spawned = multiprocessing.get_context("spawn")  # as on Windows and macOS: a worker inherits nothing
SECONDS = 100


@contextmanager
def process(work, *arguments):
    """Run a worker in a process of its own, and give the end of the pipe on which it reports."""
    report, boss = spawned.Pipe(duplex=False)
    ends = [argument for argument in arguments if hasattr(argument, "send_bytes")]
    worker = spawned.Process(target=work, args=(*ends, boss, *arguments[len(ends) :]))
    worker.start()
    for end in (boss, *ends):  # the worker has them now; with a copy here, nobody would notice that it has gone
        end.close()
    try:
        yield report
        worker.join(SECONDS)
        assert worker.exitcode == 0
    finally:
        worker.kill()


def reported(report):
    assert report.poll(SECONDS)
    return report.recv()


def problem(d=5, h=4, q=3, n=7):
    rng = np.random.default_rng(2)
    net = MLP.random(d, h, q, weight_decay=0.2, activation=tanh, seed=4)
    return net, rng.standard_normal((d, n)), rng.integers(q, size=n)


@pytest.mark.weekly
def test_a_graph_cut_over_two_processes():
    net, x, y = problem()
    to_second, to_first = spawned.Pipe()
    with (
        process(workers.first, to_second, "tanh", x, net.W1, net.weight_decay) as of_first,
        process(workers.second, to_first, "tanh", y, net.W2, net.weight_decay) as of_second,
    ):
        first, dJ_dW1, bytes_back = reported(of_first)
        second, dJ_dW2, bytes_forward = reported(of_second)
    assert len({first, second, os.getpid()}) == 3
    g = net.backward(net.forward(x, y))
    assert np.allclose(dJ_dW1, g.W1)
    assert np.allclose(dJ_dW2, g.W2)
    assert bytes_forward + bytes_back == solutions()["E5_bytes"](5, 4, 3, 7)[0]


@pytest.mark.weekly
def test_a_minibatch_in_unequal_shares():
    net, x, y = problem()
    sizes = [5, 2]
    with ExitStack() as running:
        reports = [
            running.enter_context(process(workers.share, "tanh", *share, net.W1, net.W2))
            for share in zip(np.split(x, [5], axis=1), np.split(y, [5]), strict=True)
        ]
        pids, of_W1, of_W2 = zip(*map(reported, reports), strict=True)
    assert len({*pids, os.getpid()}) == 3
    g = net.backward(net.forward(x, y))
    combine = solutions()["E5_combine"]
    assert np.allclose(combine(sizes, of_W1, net.W1, net.weight_decay), g.W1)
    assert np.allclose(combine(sizes, of_W2, net.W2, net.weight_decay), g.W2)
    handed_in = of_W1[0].nbytes + of_W2[0].nbytes
    assert 2 * handed_in == solutions()["E5_bytes"](5, 4, 3, 7)[1]
