"""The figures of the course. Each returns a `Picture`, whose sentence is computed from what it shows."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from helpers._pictures import (
    BACKWARD,
    FORWARD,
    LOSS,
    OBJECTIVE,
    OTHER,
    PARAMETER,
    PENALTY,
    Picture,
    own_settings,
)
from helpers._validation import as_array, as_list, as_matrix, as_number, check_kind, short
from helpers.functions import check_activation
from helpers.memory import Footprint, Moment
from helpers.training import History

SENTENCES = {
    "digits": "handwritten digits: {titles}",
    "activations": "{curves}, for z from {low:g} to {high:g}",
    "activation": "{name} goes from {first:.3g} to {last:.3g} and is {middle:.3g} at 0",
    "slope": ", its slope lies between {low:.3g} and {high:.3g}",
    "objectives": "J = L + s, as bars: {bars}",
    "objective": "{label}: {J:.4g} = {L:.4g} + {s:.4g}",
    "probabilities": "{classes} probabilities: {guess} has the largest, {largest:.2f}; label {label} has {given:.2f}",
    "weights": "heat maps of 8 × 8 entries: {count}, from {low:.2g} to {high:.2g} (orange above 0, blue and − below)",
    "accuracy": "; accuracy on the test set {accuracy:.1%}",
    "decays": "Training loss, {held_out} loss and norm of the weights at the end: {runs}",
    "no epoch": "λ = {weight_decay:g}: ended in its first epoch",
    "decay": "λ = {weight_decay:g}: {train:.2g}, {test:.2g} and {norm:.2g}",
    "shrinking": "the norm goes from {first:.3g} to {last:.3g} in {steps} steps, by the factor {factor:g} a step",
    "timeline": "Memory of intermediates over one training step of {steps} operators: forward values grow to "
    "{forward:.2f} MB at {turn}, gradients to {backward:.2f} MB; most is alive at {peak}, {most:.2f} MB; "
    "prediction needs {prediction:.2f} MB at most",
    "footprints": "Memory: {bars}",
    "footprint": "{label}: {total:.2f} MB, of which {intermediates:.2f} MB intermediates",
    "growth": "{xlabel} from {low:g} to {high:g}: intermediates from {first:.2f} to {last:.2f} MB; "
    "the straight line starts at {start:.2f} MB and rises by {slope:.3f} MB a unit",
}
SIGNED = LinearSegmentedColormap.from_list("signed", [FORWARD, "white", BACKWARD])


def _picture(figure, sentence):
    return Picture(figure=figure, sentence=sentence, width=round(figure.get_figwidth() * 80))


def _drawn(text):
    """Return somebody's text so that Matplotlib draws a $ and does not take it for the beginning of an equation."""
    return text.replace("$", r"\$")


def _texts(name, values, count):
    """Return `count` objects as texts."""
    texts = [*map(str, as_list(name, values, f"a list of {count}"))]
    if len(texts) != count:
        raise ValueError(f"{name}: expected {count} entries, got {len(texts)}")
    return texts


def _filled(name, dictionary):
    check_kind(name, dictionary, dict, "a dict")
    if not dictionary:
        raise ValueError(f"{name}: expected at least one entry, got none")


def _axes(figure, *place, **options):
    axes = figure.add_subplot(*place, **options)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


@own_settings()
def show_digits(x, titles):
    """Draw images of 8 × 8 pixels in rows of ten.

    Parameters
    ----------
    x : array, 64 × n
        One column an image.
    titles : sequence of n objects
        Each is written over its image.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        Here and in all that follows: if an argument is not as described above.
    """
    x = as_matrix("x", x, "64 × images")
    if len(x) != 64:
        raise ValueError(f"x: expected 64 rows, one per pixel, got {len(x)}")
    titles = _texts("titles", titles, x.shape[1])
    rows, columns = -(-x.shape[1] // 10), min(10, x.shape[1])
    figure = Figure(figsize=(0.9 * columns, 1.15 * rows), layout="constrained")
    for k, (image, title) in enumerate(zip(x.T, titles, strict=True)):
        axes = figure.add_subplot(rows, columns, k + 1)
        axes.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(_drawn(title), fontsize=11)
        axes.set_axis_off()
    sentence = SENTENCES["digits"].format(titles=", ".join(titles))
    return _picture(figure, sentence)


@own_settings()
def show_activations(*activations, derivative=False):
    """Draw activation functions side by side, with their derivatives if asked.

    Parameters
    ----------
    *activations : Activation
    derivative : bool
        Whether to draw φ′ too.

    Returns
    -------
    Picture
    """
    for activation in activations:
        check_activation(activation)
    check_kind("derivative", derivative, bool, "True or False")
    if not activations:
        raise ValueError("show_activations() needs at least one activation")
    z = np.linspace(-3, 3, 601)
    figure = Figure(figsize=(2.9 * len(activations), 2.6), layout="constrained")
    sentences = []
    for k, activation in enumerate(activations):
        h = activation.value(z)
        axes = _axes(figure, 1, len(activations), k + 1)
        axes.axhline(0, color="0.8", lw=1)
        axes.axvline(0, color="0.8", lw=1)
        axes.plot(z, h, color=FORWARD, lw=2, label="φ(z)")
        if derivative:
            slope = np.where(np.isin(z.round(9), activation.kinks), np.nan, activation.first(z))  # a jump is a gap
            axes.plot(z, slope, color=BACKWARD, lw=2, ls="--", label="φ′(z)")
            axes.legend(frameon=False, fontsize=9)
        axes.set(title=_drawn(activation.name), xlabel="z", ylim=(-1.2, 3.1))
        sentence = SENTENCES["activation"].format(name=activation.name, first=h[0], last=h[-1], middle=h[len(h) // 2])
        if derivative:
            sentence += SENTENCES["slope"].format(low=np.nanmin(slope), high=np.nanmax(slope))
        sentences.append(sentence)
    return _picture(figure, SENTENCES["activations"].format(curves="; ".join(sentences), low=z[0], high=z[-1]))


@own_settings()
def show_objectives(parts):
    """Draw J as the stacked bar of its two parts, a bar for each setting.

    Parameters
    ----------
    parts : dict
        From a label to the pair (L, s).

    Returns
    -------
    Picture
    """
    _filled("parts", parts)
    labels = [*map(str, parts)]
    pairs = as_matrix("parts", list(parts.values()), "bars × L and s")
    if pairs.shape[1] != 2:
        raise ValueError(f"parts: expected 2 numbers per bar, L and s, got {pairs.shape[1]}")
    L, s = pairs.T
    if pairs.min() < 0 or not np.isfinite((L + s).max()):
        raise ValueError(f"parts: expected numbers >= 0 with finite sums, got {pairs.min():g} to {pairs.max():g}")
    figure = Figure(figsize=(7.5, 0.9 + 0.5 * len(parts)), layout="constrained")
    axes = _axes(figure)
    axes.barh([*map(_drawn, labels)], L, color=LOSS, label="L, the loss")
    axes.barh([*map(_drawn, labels)], s, left=L, color=PENALTY, hatch="//", edgecolor="white", label="s, the penalty")
    for k in range(len(labels)):
        axes.text(L[k] + s[k], k, f"  J = {L[k] + s[k]:.4g}", va="center")
    axes.invert_yaxis()
    axes.set_xlim(0, 1.2 * (L + s).max() or 1)
    figure.legend(frameon=False, loc="outside upper right", ncols=2)
    bars = "; ".join(
        SENTENCES["objective"].format(label=label, J=L[k] + s[k], L=L[k], s=s[k]) for k, label in enumerate(labels)
    )
    return _picture(figure, SENTENCES["objectives"].format(bars=bars))


@own_settings()
def show_probabilities(p, label):
    """Draw the probabilities of one example as bars, the bar of its label in a second colour and hatched.

    Parameters
    ----------
    p : array, q × 1
    label : int

    Returns
    -------
    Picture
    """
    p = as_matrix("p", p, "classes × 1")[:, 0]
    if as_number("label", label) not in range(p.size):
        raise ValueError(f"label: expected a class from 0 to {p.size - 1}, got {label}")
    label = int(label)
    figure = Figure(figsize=(7.5, 2.2), layout="constrained")
    axes = _axes(figure)
    bars = axes.bar(np.arange(p.size), p, color=FORWARD)
    bars[label].set(color=OTHER, hatch="//", edgecolor="white")
    axes.set(xticks=np.arange(p.size), xlabel="class (the label is hatched)", ylabel="probability")
    sentence = SENTENCES["probabilities"].format(
        classes=p.size, largest=p.max(), guess=p.argmax(), label=label, given=p[label]
    )
    return _picture(figure, sentence)


@own_settings()
def show_weights(rows, titles):
    """Draw rows of 64 numbers as heat maps of 8 × 8, on one scale; negative entries carry a minus sign.

    Parameters
    ----------
    rows : array, k × 64
        Rows of W⁽¹⁾ or of its gradient.
    titles : sequence of k objects

    Returns
    -------
    Picture
    """
    rows = as_matrix("rows", rows, "pictures × 64")
    if rows.shape[1] != 64:
        raise ValueError(f"rows: expected 64 columns, one per pixel, got {rows.shape[1]}")
    titles = _texts("titles", titles, len(rows))
    columns = min(8, len(rows))
    lines = -(-len(rows) // columns)
    figure = Figure(figsize=(1.25 * columns, 1.45 * lines), layout="constrained")
    limit = np.abs(rows).max() or 1.0
    for k, (row, title) in enumerate(zip(rows, titles, strict=True)):
        axes = figure.add_subplot(lines, columns, k + 1)
        axes.imshow(row.reshape(8, 8), cmap=SIGNED, vmin=-limit, vmax=limit)
        for i, j in np.argwhere(row.reshape(8, 8) < -0.05 * limit):
            axes.text(j, i, "−", ha="center", va="center", fontsize=7)
        axes.set(title=_drawn(title), xticks=[], yticks=[])
        axes.title.set_fontsize(10)
    sentence = SENTENCES["weights"].format(count=len(rows), low=rows.min(), high=rows.max())
    return _picture(figure, sentence)


@own_settings()
def show_history(history):
    """Draw a training run: J, L and s on the minibatch of each step, and the accuracy of each epoch.

    Parameters
    ----------
    history : History
        With a test set.

    Returns
    -------
    Picture
    """
    check_kind("history", history, History, "what train returned")
    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = _axes(figure, 1, 2, 1), _axes(figure, 1, 2, 2)
    steps = np.arange(1, len(history.J) + 1)
    left.plot(steps, history.J, color=OBJECTIVE, lw=1.2, label="J")
    left.plot(steps, history.L, color=LOSS, lw=1.2, label="L")
    left.plot(steps, history.s, color=PENALTY, lw=2, ls="--", label="s")
    left.set(xlabel="step", ylim=(0, None))
    left.legend(frameon=False)
    for accuracy, colour, dashes, label in (
        (history.per_epoch("accuracy"), FORWARD, "--", "training"),
        (history.test_accuracy, BACKWARD, "-", "test"),
    ):
        right.plot(np.arange(1, len(accuracy) + 1), accuracy, color=colour, lw=2, ls=dashes, label=label)
    right.set(xlabel="epoch", ylabel="accuracy")
    right.xaxis.get_major_locator().set_params(integer=True)
    right.legend(frameon=False, loc="lower right")
    sentence = f"{history}"
    if np.isfinite(history.test_accuracy[-1:]).any():
        sentence = sentence.rstrip(".") + SENTENCES["accuracy"].format(accuracy=history.test_accuracy[-1])
    return _picture(figure, sentence)


@own_settings()
def show_weight_decay(histories, held_out="test"):
    """Draw training loss, test loss and the norm of all weights, epoch by epoch, a line for each λ.

    Parameters
    ----------
    histories : sequence of History
        Four at most, with a test set.
    held_out : str
        What to call that set, such as "validation".

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is none, or there are more than four.
    """
    histories = as_list("histories", histories, "a list of what train returned")
    check_kind("held_out", held_out, str, "a text")
    for history in histories:
        check_kind("one of histories", history, History, "what train returned")
    styles = [(FORWARD, "-"), (PENALTY, "--"), (LOSS, "-."), (BACKWARD, ":")]
    if not 1 <= len(histories) <= len(styles):
        raise ValueError(f"histories: expected 1 to {len(styles)} runs, which can be told apart, got {len(histories)}")
    figure = Figure(figsize=(9.5, 3), layout="constrained")
    panels = [_axes(figure, 1, 3, k + 1) for k in range(3)]
    sentences = []
    for history, (colour, dashes) in zip(histories, styles, strict=False):
        norm = np.hypot(history.W1, history.W2)[history.steps_per_epoch - 1 :: history.steps_per_epoch]
        lines = history.per_epoch("L"), history.test_loss, norm
        for axes, line in zip(panels, lines, strict=True):
            label = f"λ = {history.weight_decay:g}"
            axes.plot(np.arange(1, len(line) + 1), line, color=colour, ls=dashes, lw=2, label=label)
        if len(lines[0]) and len(lines[1]):
            ends = {"train": lines[0][-1], "test": lines[1][-1], "norm": norm[-1]}
            sentences.append(SENTENCES["decay"].format(weight_decay=history.weight_decay, **ends))
        else:
            sentences.append(SENTENCES["no epoch"].format(weight_decay=history.weight_decay))
    for axes, title in zip(
        panels, ("training loss L", f"{_drawn(held_out)} loss L", "norm of all weights"), strict=True
    ):
        axes.set(title=title, xlabel="epoch")
    for axes in panels[:2]:
        if all((line.get_ydata() > 0).all() for line in axes.lines):
            axes.set_yscale("log")
    panels[0].legend(frameon=False)
    return _picture(figure, SENTENCES["decays"].format(held_out=held_out, runs="; ".join(sentences)))


@own_settings()
def show_shrinking(norms, factor):
    """Draw norms that shrink by the same factor at every step, on a logarithmic axis, over the line they should follow.

    Parameters
    ----------
    norms : array
        One per step.
    factor : float
        1 − ηλ.

    Returns
    -------
    Picture
    """
    norms, factor = as_array("norms", norms), as_number("factor", factor)
    if not 0 <= factor <= 1:
        raise ValueError(f"factor: expected 0 to 1, for norms that shrink, got {factor:g}")
    if norms.ndim != 1 or not norms.size or norms.min() < 0:
        raise ValueError(f"norms: expected a 1-D array of numbers >= 0, got {short(norms)}")
    steps = np.arange(len(norms))
    figure = Figure(figsize=(7.5, 2.8), layout="constrained")
    axes = _axes(figure)
    axes.plot(steps, norms[0] * factor**steps, color=PENALTY, lw=5, alpha=0.4, label="norm at first · (1 − ηλ)ᵗ")
    axes.plot(steps, norms, color=OBJECTIVE, lw=1.2, label="norm, measured")
    axes.set(xlabel="step t", ylabel="norm", yscale="log" if norms.min() > 0 else "linear")
    axes.legend(frameon=False)
    sentence = SENTENCES["shrinking"].format(first=norms[0], last=norms[-1], steps=len(norms) - 1, factor=factor)
    return _picture(figure, sentence)


@own_settings()
def show_footprints(footprints):
    """Draw memory as stacked bars, by kind.

    Parameters
    ----------
    footprints : dict
        From a label to a Footprint.

    Returns
    -------
    Picture
    """
    _filled("footprints", footprints)
    for label, footprint in footprints.items():
        check_kind(f"footprints[{label!r}]", footprint, Footprint, "a Footprint")
    footprints = {str(label): footprint for label, footprint in footprints.items()}
    figure = Figure(figsize=(7.5, 1.2 + 0.5 * len(footprints)), layout="constrained")
    axes = _axes(figure)
    labels = list(footprints)
    kinds = (("parameters", PARAMETER, ""), ("inputs", OTHER, ".."), ("intermediates", FORWARD, "//"))
    start = np.zeros(len(labels))
    for kind, colour, hatch in kinds:
        size = np.array([getattr(footprints[label], kind) for label in labels]) / 1e6
        axes.barh([*map(_drawn, labels)], size, left=start, color=colour, hatch=hatch, edgecolor="white", label=kind)
        start += size
    for k, total in enumerate(start):
        axes.text(total, k, f"  {total:.2f} MB", va="center")
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.2 * start.max() or 1), xlabel="MB")
    figure.legend(frameon=False, loc="outside upper right", ncols=3)
    bars = "; ".join(
        SENTENCES["footprint"].format(label=label, total=f.total / 1e6, intermediates=f.intermediates / 1e6)
        for label, f in footprints.items()
    )
    return _picture(figure, SENTENCES["footprints"].format(bars=bars))


@own_settings()
def show_timeline(training, prediction):
    """Draw what is alive after each operator of one training step, by kind, over what prediction needs.

    Parameters
    ----------
    training, prediction : list of Moment
        What `timeline` returned. A training step turns around where the forward values are largest.

    Returns
    -------
    Picture
    """
    parts = {"training": training, "prediction": prediction}
    for name, moments in parts.items():
        for moment in as_list(name, moments, "a list of what timeline returned"):
            check_kind(f"one of {name}", moment, Moment, "a Moment")
        if not moments:
            raise ValueError(f"{name}: expected at least one moment, got none")
    forward, backward = (np.array([getattr(m, kind) for m in training]) / 1e6 for kind in ("forward", "backward"))
    predicted = np.array([m.forward for m in prediction]) / 1e6
    turn, peak = int(forward.argmax()), int((forward + backward).argmax())
    figure = Figure(figsize=(8.5, 3.4), layout="constrained")
    axes = _axes(figure)
    steps = np.arange(1, len(training) + 1)
    areas = axes.stackplot(steps, forward, backward, step="mid", colors=[FORWARD, BACKWARD], edgecolor="white", lw=0.3)
    areas[1].set_hatch("//")
    most = forward[peak] + backward[peak]
    axes.plot(peak + 1, most, "v", color=OBJECTIVE, ms=7, label=f"most: {most:.2f} MB")
    places = np.arange(len(predicted)) + max(turn + 2 - len(predicted), 1)  # prediction ends where training turns
    axes.step(places, predicted, where="mid", color=OBJECTIVE, lw=2, ls="--", label="prediction")
    top = 1.25 * most or 1.0
    axes.axvline(turn + 1, color="0.4", lw=1, ls=":")
    axes.text(turn + 1, top, "forward ◂  ", ha="right", va="top")
    axes.text(turn + 1, top, "  ▸ backward", ha="left", va="top")
    axes.set(xlabel="operator, in the order of the walk", ylabel="MB alive", ylim=(0, top))
    for label, area in zip(("forward values", "gradients"), areas, strict=True):
        area.set_label(label)
    figure.legend(frameon=False, loc="outside upper right", ncols=4)
    sentence = SENTENCES["timeline"].format(
        steps=len(training),
        forward=forward[turn],
        turn=training[turn].variable,
        backward=backward.max(),
        peak=training[peak].variable,
        most=most,
        prediction=predicted.max(),
    )
    return _picture(figure, sentence)


@own_settings()
def show_growth(sizes, xlabel):
    """Draw how memory grows with one number, with the straight line that fits it best.

    Parameters
    ----------
    sizes : dict
        From a number, such as a batch size, to bytes.
    xlabel : str
        What the number is.

    Returns
    -------
    Picture
    """
    _filled("sizes", sizes)
    check_kind("xlabel", xlabel, str, "a text")
    x, y = as_array("sizes", list(sizes)), as_array("sizes", list(sizes.values())) / 1e6
    slope, start = np.polyfit(x, y, 1) if len(x) > 1 else (0.0, y[0])
    if abs(slope) * x.max() < 1e-9 * y.max():  # rounding, of either sign
        slope = 0.0
    figure = Figure(figsize=(7.5, 2.8), layout="constrained")
    axes = _axes(figure)
    line = np.array([0, x.max()])
    axes.plot(line, start + slope * line, color=PENALTY, lw=2, ls="--", label="straight line")
    axes.plot(x, y, "o", color=FORWARD, label="intermediates")
    axes.set(xlabel=_drawn(xlabel), ylabel="MB", xlim=(0, None), ylim=(0, None))
    axes.legend(frameon=False)
    sentence = SENTENCES["growth"].format(
        xlabel=xlabel, low=x[0], high=x[-1], first=y[0], last=y[-1], slope=slope, start=start
    )
    return _picture(figure, sentence)
