"""The chapter's network in closed form: one hidden layer, weight decay, one line of code per equation.

An example is a column, and a minibatch of n examples has n columns; the same lines serve both.
A name such as ``dJ_do`` stands for ∂J/∂o, and has the shape of ``o``.
"""

from dataclasses import KW_ONLY, dataclass
from typing import NamedTuple

import numpy as np

from helpers._validation import as_dtype, as_integer, as_labels, as_matrix, as_weight_decay, check_kind, harmless
from helpers.functions import Activation, Loss, check_activation, check_loss, cross_entropy, relu, unchecked

MOST_WEIGHTS = 10**8  # 0.8 GB


class Forward(NamedTuple):
    """What the forward pass computes and stores, in order (F1–F6), after its two inputs."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    h: np.ndarray
    o: np.ndarray
    L: np.floating
    s: np.floating
    J: np.floating


class Gradients(NamedTuple):
    """The gradients of J, in the order in which the backward pass computes them (B1–B7).

    The field ``z`` is ∂J/∂z, and has the shape of z; likewise the others.
    """

    L: np.floating
    s: np.floating
    o: np.ndarray
    W2: np.ndarray
    h: np.ndarray
    z: np.ndarray
    W1: np.ndarray


@dataclass(eq=False, repr=False)
class MLP:
    """A multilayer perceptron with one hidden layer, without biases.

    Parameters
    ----------
    W1 : array_like, h × d
        Hidden-layer weights W⁽¹⁾. Copied.
    W2 : array_like, q × h
        Output-layer weights W⁽²⁾. Copied.
    weight_decay : float
        λ ≥ 0.
    activation : Activation
        φ.
    loss : Loss
        l.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described above.

    Examples
    --------
    >>> from helpers.functions import squared_error
    >>> net = MLP([[1.0, -1.0]], [[2.0]], weight_decay=0.1, loss=squared_error)
    >>> f = net.forward([[3.0], [1.0]], [[5.0]])
    >>> print(f.o, f.L, round(f.s, 10), round(f.J, 10))
    [[4.]] 0.5 0.3 0.8
    >>> print(net.backward(f).W1)
    [[-5.9 -2.1]]
    """

    W1: np.ndarray
    W2: np.ndarray
    _: KW_ONLY
    weight_decay: float = 0.0
    activation: Activation = relu
    loss: Loss = cross_entropy

    def __post_init__(self):
        W1 = as_matrix("W1", self.W1, "hidden × inputs")
        W2 = as_matrix("W2", self.W2, "outputs × hidden")
        if W2.shape[1] != W1.shape[0]:
            raise ValueError(f"W2: expected {W1.shape[0]} columns, one per row of W1, got {W2.shape[1]}")
        check_activation(self.activation)
        check_loss(self.loss)
        self.W1, self.W2 = (np.array(W, np.result_type(W1, W2)) for W in (W1, W2))
        self.weight_decay = as_weight_decay(self.weight_decay)

    @classmethod
    def random(cls, inputs, hidden, outputs, *, seed=0, dtype=np.float64, **settings):
        """Return a network with random weights, normal with standard deviation 1/√(columns).

        Parameters
        ----------
        inputs, hidden, outputs : int
            d, the number of hidden units, and q.
        seed : int
            The same seed gives the same weights. The weights of a hidden unit do not depend on how many follow it,
            but for the scale of W⁽²⁾.
        dtype : numpy.float32 or numpy.float64
        **settings
            ``weight_decay``, ``activation`` and ``loss``, as for `MLP`.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described above.

        Examples
        --------
        >>> MLP.random(inputs=64, hidden=32, outputs=10)
        MLP 64 → 32 → 10, relu, cross-entropy, λ = 0, float64
        """
        sizes = {"inputs": inputs, "hidden": hidden, "outputs": outputs}
        inputs, hidden, outputs = (as_integer(name, size, low=1) for name, size in sizes.items())
        as_integer("the number of weights", hidden * (inputs + outputs), most=MOST_WEIGHTS)
        dtype, seed = as_dtype(dtype), as_integer("seed", seed)
        W1 = np.random.default_rng([seed, 1]).standard_normal((hidden, inputs)) / np.sqrt(inputs)
        W2 = np.random.default_rng([seed, 2]).standard_normal((hidden, outputs)).T / np.sqrt(hidden)
        return cls(W1.astype(dtype), W2.astype(dtype), **settings)

    def __repr__(self):
        hidden, inputs = self.W1.shape
        return (
            f"MLP {inputs} → {hidden} → {len(self.W2)}, {self.activation.name}, {self.loss.name}, "
            f"λ = {self.weight_decay:g}, {self.W1.dtype}"
        )

    @np.errstate(all="ignore")
    def forward(self, x, y):
        """Compute the objective J, and store every intermediate variable on the way (F1–F6).

        Parameters
        ----------
        x : array_like, d × n
            Inputs, one column per example.
        y : array_like, n or q × n
            Class numbers for cross-entropy, targets for squared error.

        Returns
        -------
        Forward
            ``x y z h o L s J``, in the dtype of the weights. What is too large for it is infinite or NaN.

        Raises
        ------
        TypeError, ValueError
            If x or y does not fit the network, or holds NaN or infinity.
        """
        x, weight_decay = self._inputs(x), as_weight_decay(self.weight_decay)
        y = as_labels(self.loss.labels, y, len(self.W2), x.shape[1], x.dtype)
        W1, W2 = self.W1, self.W2
        φ, l = harmless(self.activation.value), harmless(unchecked(self.loss.value))  # noqa: E741

        z = W1 @ x  # F1
        h = φ(z)  # F2
        o = W2 @ h  # F3
        L = l(o, y)  # F4
        s = weight_decay / 2 * (np.vdot(W1, W1) + np.vdot(W2, W2))  # F5
        J = L + s  # F6
        return Forward(x, y, z, h, o, L, s, J)

    @np.errstate(all="ignore")
    def backward(self, f):
        """Compute the gradient of J with respect to every variable on the way back (B1–B7).

        Parameters
        ----------
        f : Forward
            What `forward` returned for the present weights.

        Returns
        -------
        Gradients
            ``L s o W2 h z W1``, each of the shape of the variable that it belongs to.

        Raises
        ------
        TypeError, ValueError
            If f is something else, or of a network of another shape.
        """
        x, y, z, h, o = self._stored(f)
        W1, W2, weight_decay = self.W1, self.W2, as_weight_decay(self.weight_decay)
        φ_prime, dl_do = harmless(self.activation.first), harmless(unchecked(self.loss.gradient))

        dJ_dL = dJ_ds = W1.dtype.type(1)  # B1
        dJ_do = dl_do(o, y)  # B2
        ds_dW1, ds_dW2 = weight_decay * W1, weight_decay * W2  # B3
        dJ_dW2 = dJ_do @ h.T + ds_dW2  # B4
        dJ_dh = W2.T @ dJ_do  # B5
        dJ_dz = dJ_dh * φ_prime(z)  # B6
        dJ_dW1 = dJ_dz @ x.T + ds_dW1  # B7
        return Gradients(L=dJ_dL, s=dJ_ds, o=dJ_do, W2=dJ_dW2, h=dJ_dh, z=dJ_dz, W1=dJ_dW1)

    @np.errstate(all="ignore")
    def predict(self, x):
        """Compute the output alone (F1–F3), keeping no intermediate variable.

        Parameters
        ----------
        x : array_like, d × n

        Returns
        -------
        array, q × n

        Raises
        ------
        TypeError, ValueError
            If x does not fit the network, or holds NaN or infinity.
        """
        return self.W2 @ self.activation.value(self.W1 @ self._inputs(x))

    def _inputs(self, x):
        """Return x as an array, if it fits the network."""
        x = as_matrix("x", x, "inputs × examples", self.W1.dtype)
        if len(x) != self.W1.shape[1]:
            raise ValueError(f"x: expected {self.W1.shape[1]} rows, one per column of W1, got {len(x)}")
        return x

    def _stored(self, f):
        """Return x, y, z, h and o of f, if they fit the network."""
        check_kind("f", f, Forward, "what forward returned")
        (hidden, inputs), outputs, n = self.W1.shape, len(self.W2), f.x.shape[-1]
        if [a.shape for a in (f.x, f.z, f.h, f.o)] != [(inputs, n), (hidden, n), (hidden, n), (outputs, n)]:
            raise ValueError(f"f: expected what forward returned of {self!r}, got {len(f.x)} → {len(f.h)} → {len(f.o)}")
        return f[:5]
