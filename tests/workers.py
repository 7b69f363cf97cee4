"""What the workers of test_workers.py do, each in a process of its own that is handed its own data and no more.

A process that is spawned imports this file, so the workers are functions of a module.
"""

import os

import numpy as np
from solutions import solutions

from helpers import functions
from helpers.graph import run
from helpers.network import MLP
from helpers.operators import one_hidden_layer


def first(other, boss, activation, x, W1, weight_decay):
    """Hold x and W1: send h on, wait for ∂J/∂h, and report ∂J/∂W1 and how many bytes arrived."""
    c = one_hidden_layer(getattr(functions, activation), functions.cross_entropy, weight_decay)
    z, h = run([c.z, c.h], {c.x: x, c.W1: W1})
    other.send_bytes(h)
    arrived = other.recv_bytes()
    dJ_dh = np.frombuffer(arrived).reshape(h.shape)
    boss.send((os.getpid(), solutions()["E5_first"](c, x, W1, z, dJ_dh), len(arrived)))


def second(other, boss, activation, y, W2, weight_decay):
    """Hold y and W2: wait for h, send ∂J/∂h back, and report ∂J/∂W2 and how many bytes arrived."""
    c = one_hidden_layer(getattr(functions, activation), functions.cross_entropy, weight_decay)
    arrived = other.recv_bytes()
    h = np.frombuffer(arrived).reshape(W2.shape[1], len(y))
    dJ_dW2, dJ_dh = solutions()["E5_second"](c, h, y, W2)
    other.send_bytes(dJ_dh)
    boss.send((os.getpid(), dJ_dW2, len(arrived)))


def share(boss, activation, x, y, W1, W2):
    """Hold all weights and a share of the examples: report the gradients of the loss alone."""
    net = MLP(W1, W2, activation=getattr(functions, activation))
    g = net.backward(net.forward(x, y))
    boss.send((os.getpid(), g.W1, g.W2))
