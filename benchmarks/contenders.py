"""The contenders: ways to compute J, ∂J/∂W⁽¹⁾ and ∂J/∂W⁽²⁾ of the same network on the same minibatch.

Each function takes a network, x and y, gets ready, and returns a function without arguments: one step. A worker runs
one contender in a process of its own. Packages are imported where they are used, so that no contender shares its
process with another's threads.
"""

import math
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_info

from helpers.drawing import draw
from helpers.gradient import gradient
from helpers.graph import plan, run
from helpers.network import MLP
from helpers.operators import one_hidden_layer
from helpers.operators import sum as total

THREADS = 2


def problem(n, d, h, q, dtype):
    """Return a network (relu, cross-entropy, λ = 0.01) and a minibatch.

    Parameters
    ----------
    n, d, h, q : int
        Examples, inputs, hidden units, outputs.
    dtype : str
        ``"float32"`` or ``"float64"``.

    Returns
    -------
    net, x, y

    Notes
    -----
    Weights and inputs are multiples of 1/256 and 1/16, so that z is exact in float32 too. Otherwise two contenders
    that add in different orders could see an entry of z on different sides of relu's kink, and both be right.
    """
    net = MLP.random(inputs=d, hidden=h, outputs=q, dtype=np.dtype(dtype))
    net = MLP(np.round(256 * net.W1) / 256, np.round(256 * net.W2) / 256, weight_decay=0.01)
    rng = np.random.default_rng(0)
    return net, (rng.integers(0, 17, (d, n)) / 16).astype(dtype), rng.integers(0, q, n)


def floor(net, x, y):
    """The five matrix products alone, into arrays that are there already: no code on this BLAS can be faster."""
    f = net.forward(x, y)
    g = net.backward(f)
    W1, W2, h, do, dz = net.W1, net.W2, f.h, g.o, g.z
    z, o, dW2, dh, dW1 = (np.empty_like(a) for a in (f.z, f.o, g.W2, g.h, g.W1))

    def step():
        np.matmul(W1, x, out=z)
        np.matmul(W2, h, out=o)
        np.matmul(do, h.T, out=dW2)
        np.matmul(W2.T, do, out=dh)
        np.matmul(dz, x.T, out=dW1)

    return step


def closed_form(net, x, y):
    """`MLP.forward` and `MLP.backward`, the checks of x and y included."""

    def step():
        f = net.forward(x, y)
        g = net.backward(f)
        return f.J, g.W1, g.W2

    return step


def graph(net, x, y):
    """`run` on the graph that `gradient` made, the checks of the feeds included."""
    c = one_hidden_layer(weight_decay=net.weight_decay)
    outputs = [c.J, *gradient(c.J, [c.W1, c.W2])]
    return lambda: run(outputs, {c.x: x, c.y: y, c.W1: net.W1, c.W2: net.W2})


def planned(net, x, y):
    """The same graph as a `plan` made once, the checks of the feeds included."""
    c = one_hidden_layer(weight_decay=net.weight_decay)
    step = plan([c.J, *gradient(c.J, [c.W1, c.W2])])
    return lambda: step({c.x: x, c.y: y, c.W1: net.W1, c.W2: net.W2})


def pytorch(net, x, y):
    """PyTorch, eager."""
    import torch

    torch.set_num_threads(THREADS)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    W1, W2 = (torch.from_numpy(W).requires_grad_() for W in (net.W1, net.W2))

    def step():
        o = W2 @ torch.relu(W1 @ x)
        s = net.weight_decay / 2 * (W1.square().sum() + W2.square().sum())
        J = torch.nn.functional.cross_entropy(o.T, y) + s
        return J.detach(), *torch.autograd.grad(J, [W1, W2])

    return step


def jax(net, x, y):
    """JAX, compiled; the step waits until the numbers are there."""
    import jax

    jax.config.update("jax_enable_x64", True)
    x, y, W1, W2 = map(jax.numpy.asarray, (x, y, net.W1, net.W2))

    def objective(W1, W2, x, y):
        o = W2 @ jax.nn.relu(W1 @ x)
        L = (jax.nn.logsumexp(o, axis=0) - o[y, jax.numpy.arange(y.size)]).mean()
        return L + net.weight_decay / 2 * ((W1**2).sum() + (W2**2).sum())

    compiled = jax.jit(jax.value_and_grad(objective, argnums=(0, 1)))

    def step():
        J, gradients = jax.block_until_ready(compiled(W1, W2, x, y))
        return J, *gradients

    return step


def micrograd(net, x, y):
    """micrograd, one Python object a number; exp and log, which it lacks, are added in its own manner."""
    from micrograd.engine import Value

    def exp(a):
        out = Value(math.exp(a.data), (a,), "exp")

        def backward():
            a.grad += out.data * out.grad

        out._backward = backward
        return out

    def log(a):
        out = Value(math.log(a.data), (a,), "log")

        def backward():
            a.grad += out.grad / a.data

        out._backward = backward
        return out

    W1, W2 = ([[Value(w) for w in row] for row in W.tolist()] for W in (net.W1, net.W2))
    weights = [w for row in W1 + W2 for w in row]
    examples = list(zip(x.T.tolist(), y.tolist(), strict=True))

    def product(W, a):
        return [sum(w * b for w, b in zip(row, a, strict=True)) for row in W]

    def step():
        for w in weights:
            w.grad = 0
        L = 0
        for column, label in examples:
            o = product(W2, [z.relu() for z in product(W1, column)])
            L += (log(sum(map(exp, o))) - o[label]) / len(examples)
        J = L + net.weight_decay / 2 * sum(w * w for w in weights)
        J.backward()
        return J.data, *([[w.grad for w in row] for row in W] for W in (W1, W2))

    return step


def time(step, seconds=0.1):
    """Return the time of the fastest step in a turn, since what else the machine does only ever adds to it.

    Parameters
    ----------
    step : callable
        Takes no argument.
    seconds : float
        How long a turn is; it has at least five steps.

    Returns
    -------
    float
        Seconds.
    """
    step()  # wakes the threads
    times, start = [], perf_counter()
    while len(times) < 5 or perf_counter() - start < seconds:
        begin = perf_counter()
        step()
        times.append(perf_counter() - begin)
    return min(times)


def work(pipe, contender, size, dtype):
    """Send the results of a step and what threadpoolctl says, then a time whenever one is asked for.

    Parameters
    ----------
    pipe : multiprocessing.connection.Connection
    contender : callable
    size : tuple of int
    dtype : str
    """
    step = contender(*problem(*size, dtype))
    results = step()
    pipe.send(results and [np.array(result) for result in results])
    pipe.send(threadpool_info())
    try:
        while pipe.recv():
            pipe.send(time(step))
    except EOFError:  # all has been asked
        pass


def drawings():
    """Return the pictures to be drawn, by name, as functions without arguments."""
    c = one_hidden_layer(weight_decay=0.01)
    dW1, dW2 = gradient(c.J, [c.W1, c.W2])
    second = gradient(total(dW1), [c.W1, c.W2])
    return {
        "draw(c.J)": lambda: draw(c.J),
        "draw(c.J, dW1, dW2)": lambda: draw(c.J, dW1, dW2),
        "draw(*second)": lambda: draw(*second),
    }


def measure_memory(pipe, contender, size, dtype):
    """Send the bytes by which one step raises the peak of this process's resident memory.

    Linux keeps the peak, as VmHWM, and lets a process start it anew.

    Parameters
    ----------
    pipe, contender, size, dtype
        As for `work`.
    """
    contender(*problem(1, 4, 8, 3, dtype))()  # brings in the packages and starts their threads
    step = contender(*problem(*size, dtype))
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak()
    step()
    pipe.send(_peak() - before)


def _peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
