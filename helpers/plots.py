"""The figures of the course. Each returns a `Picture`, whose sentence is computed from what it shows."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers._language import Sentences, joined
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
from helpers._validation import as_array, as_integer, as_list, as_matrix, as_number, check_kind, short
from helpers.functions import check_activation
from helpers.memory import Footprint, Moment
from helpers.training import History

SENTENCES = Sentences() | {
    "digits": "handwritten digits: {titles}",
    "activations": "{curves}, for z from {low:g} to {high:g}",
    "activation": "{name} goes from {first:.3g} to {last:.3g} and is {middle:.3g} at 0",
    "slope": ", its slope lies between {low:.3g} and {high:.3g}",
    "objectives": "J = L + s, as bars: {bars}",
    "objective": "{label}: {J:.4g} = {L:.4g} + {s:.4g}",
    "probabilities": "{classes} probabilities: {guess} has the largest, {largest:.2f}; label {label} has {given:.2f}",
    "route": "A nudge along a route: {steps}",
    "nudge": "{name} = {value} is nudged by {by}",
    "link": "times {slope}, {name} = {value} moves by {by}",
    "slopes": "A graph with a slope on each edge: {edges}",
    "edge": "{tail} to {head}, {slope}",
    "tables": "Tables side by side: {tables}; {zeros} of {count} entries are 0",
    "table": "{title}, rows ({rows})",
    "card": "worked card: {values}; gradients: {gradients}",
    "card variable": "variable",
    "card value": "value",
    "card gradient": "gradient of J",
    "no gradients": "none yet",
    "weights": "heat maps of 8 × 8 entries: {count}, from {low:.2g} to {high:.2g} (orange above 0, blue and − below)",
    "forward mode": "From input to output {carried} entries are carried along: {count:,} multiplications",
    "reverse mode": "from output to input {carried}: {count:,} multiplications",
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
    # In the figures.
    "the loss": "L, the loss",
    "the penalty": "s, the penalty",
    "class": "class (the label is hatched)",
    "probability": "probability",
    "step": "step",
    "step t": "step t",
    "epoch": "epoch",
    "accuracy axis": "accuracy",
    "training": "training",
    "test": "test",
    "loss on": "{which} loss L",
    "norm": "norm",
    "norm of all": "norm of all weights",
    "norm expected": "norm at first · (1 − ηλ)ᵗ",
    "norm measured": "norm, measured",
    "parameters": "parameters",
    "inputs": "inputs",
    "intermediates": "intermediates",
    "forward values": "forward values",
    "gradients": "gradients",
    "prediction": "prediction",
    "most": "most: {most:.2f} MB",
    "forward": "forward",
    "backward": "backward",
    "operators": "operator, in the order of the walk",
    "alive": "MB alive",
    "straight line": "straight line",
    "forward accumulation": "forward accumulation: {count:,} multiplications",
    "reverse accumulation": "reverse accumulation: {count:,} multiplications",
    "multiplications": "{count:,} multiplications",
    "given": "given",
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
    sentence = SENTENCES["digits"].format(titles=joined("comma", titles))
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
    return _picture(
        figure, SENTENCES["activations"].format(curves=joined("semicolon", sentences), low=z[0], high=z[-1])
    )


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
    axes.barh([*map(_drawn, labels)], L, color=LOSS, label=SENTENCES["the loss"])
    axes.barh(
        [*map(_drawn, labels)], s, left=L, color=PENALTY, hatch="//", edgecolor="white", label=SENTENCES["the penalty"]
    )
    for k in range(len(labels)):
        axes.text(L[k] + s[k], k, f"  J = {L[k] + s[k]:.4g}", va="center")
    axes.invert_yaxis()
    axes.set_xlim(0, 1.2 * (L + s).max() or 1)
    figure.legend(frameon=False, loc="outside upper right", ncols=2)
    bars = [SENTENCES["objective"].format(label=label, J=L[k] + s[k], L=L[k], s=s[k]) for k, label in enumerate(labels)]
    return _picture(figure, SENTENCES["objectives"].format(bars=joined("semicolon", bars)))


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
    bars[label].set(facecolor=OTHER, hatch="//", edgecolor="white")
    axes.set(xticks=np.arange(p.size), xlabel=SENTENCES["class"], ylabel=SENTENCES["probability"])
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
def show_card(values, gradients):
    """Draw a table of variables, a line each: the value, and the gradient of J where it is known already.

    A matrix of weights is written row by row, in square brackets; any other array column by column, in round ones.

    Parameters
    ----------
    values : dict
        From a variable's name, such as "z" or "W1", to a number or a matrix.
    gradients : dict
        From some of these names to arrays of the same shapes. The line of the last one is tinted.

    Returns
    -------
    Picture

    Examples
    --------
    >>> show_card({"z": [[2.0, -6.0], [-4.0, 4.0]], "L": 83.0}, {"L": 1.0})
    worked card: z = (2, −4) (−6, 4); L = 83; gradients: ∂J/∂L = 1
    """
    _filled("values", values)
    check_kind("gradients", gradients, dict, "a dict")
    for name, gradient in gradients.items():
        if name not in values:
            raise ValueError(f"gradients: expected names of values, got {name!r}")
        if np.shape(gradient) != np.shape(values[name]):
            raise ValueError(f"gradients: expected shape {np.shape(values[name])} for {name}, got {np.shape(gradient)}")
    rows = {name: _on_card(name, value) for name, value in values.items()}
    slopes = {name: _on_card(name, gradient) for name, gradient in gradients.items()}
    figure = Figure(figsize=(9, 0.4 + 0.3 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(len(rows) + 0.5, -0.6))
    axes.set_axis_off()
    places, newest = (0.01, 0.12, 0.52), next(reversed(slopes), None)
    for place, title in zip(places, ("card variable", "card value", "card gradient"), strict=True):
        axes.text(place, 0, SENTENCES[title], va="center", fontsize=10, color="0.35")
    for k, (name, row) in enumerate(rows.items(), start=1):
        axes.axhline(k - 0.5, color="0.85", lw=1)
        if name == newest:
            axes.axhspan(k - 0.5, k + 0.5, color=BACKWARD, alpha=0.15, lw=0)
        texts = (_pretty(name), row, slopes.get(name, ""))
        for place, text, colour in zip(places, texts, (OBJECTIVE, FORWARD, BACKWARD), strict=True):
            axes.text(place, k, _drawn(text), va="center", fontsize=11, color=colour)
    told = [
        joined("semicolon", [f"{before}{_pretty(name)} = {' '.join(text.split())}" for name, text in texts.items()])
        for before, texts in (("", rows), ("∂J/∂", slopes))
    ]
    return _picture(figure, SENTENCES["card"].format(values=told[0], gradients=told[1] or SENTENCES["no gradients"]))


def _pretty(name):
    return {"W1": "W⁽¹⁾", "W2": "W⁽²⁾"}.get(name, str(name))


def _on_card(name, value):
    """Return a number, or the rows of weights, or the columns of another matrix, as one line of text."""
    value = as_array(name, value)
    if value.ndim not in (0, 2):
        raise ValueError(f"{name}: expected a number or a matrix, got shape {value.shape}")
    if value.ndim == 0:
        return _plain(value)
    if str(name).startswith("W"):
        return "  ".join(f"[{', '.join(map(_plain, row))}]" for row in value)
    return "  ".join(f"({', '.join(map(_plain, column))})" for column in value.T)


def _plain(number):
    return f"{round(float(number), 9) + 0.0:g}".replace("-", "−")


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
    left.set(xlabel=SENTENCES["step"], ylim=(0, None))
    left.legend(frameon=False)
    for accuracy, colour, dashes, label in (
        (history.per_epoch("accuracy"), FORWARD, "--", SENTENCES["training"]),
        (history.test_accuracy, BACKWARD, "-", SENTENCES["test"]),
    ):
        right.plot(np.arange(1, len(accuracy) + 1), accuracy, color=colour, lw=2, ls=dashes, label=label)
    right.set(xlabel=SENTENCES["epoch"], ylabel=SENTENCES["accuracy axis"])
    right.xaxis.get_major_locator().set_params(integer=True)
    right.legend(frameon=False, loc="lower right")
    sentence = f"{history}"
    if np.isfinite(history.test_accuracy[-1:]).any():
        sentence = sentence.rstrip(".。") + SENTENCES["accuracy"].format(accuracy=history.test_accuracy[-1])
    return _picture(figure, sentence)


@own_settings()
def show_weight_decay(histories, held_out=None):
    """Draw training loss, test loss and the norm of all weights, epoch by epoch, a line for each λ.

    Parameters
    ----------
    histories : sequence of History
        Four at most, with a test set.
    held_out : str, optional
        What to call that set, such as "validation"; "test" if it is left out.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is none, or there are more than four.
    """
    histories = as_list("histories", histories, "a list of what train returned")
    held_out = SENTENCES["test"] if held_out is None else held_out
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
    titles = (
        SENTENCES["loss on"].format(which=SENTENCES["training"]),
        SENTENCES["loss on"].format(which=_drawn(held_out)),
        SENTENCES["norm of all"],
    )
    for axes, title in zip(panels, titles, strict=True):
        axes.set(title=title, xlabel=SENTENCES["epoch"])
    for axes in panels[:2]:
        if all((line.get_ydata() > 0).all() for line in axes.lines):
            axes.set_yscale("log")
    panels[0].legend(frameon=False)
    return _picture(figure, SENTENCES["decays"].format(held_out=held_out, runs=joined("semicolon", sentences)))


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
    axes.plot(steps, norms[0] * factor**steps, color=PENALTY, lw=5, alpha=0.4, label=SENTENCES["norm expected"])
    axes.plot(steps, norms, color=OBJECTIVE, lw=1.2, label=SENTENCES["norm measured"])
    axes.set(xlabel=SENTENCES["step t"], ylabel=SENTENCES["norm"], yscale="log" if norms.min() > 0 else "linear")
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
        look = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": SENTENCES[kind]}
        axes.barh([*map(_drawn, labels)], size, left=start, **look)
        start += size
    for k, total in enumerate(start):
        axes.text(total, k, f"  {total:.2f} MB", va="center")
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.2 * start.max() or 1), xlabel="MB")
    figure.legend(frameon=False, loc="outside upper right", ncols=3)
    bars = [
        SENTENCES["footprint"].format(label=label, total=f.total / 1e6, intermediates=f.intermediates / 1e6)
        for label, f in footprints.items()
    ]
    return _picture(figure, SENTENCES["footprints"].format(bars=joined("semicolon", bars)))


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
    axes.plot(peak + 1, most, "v", color=OBJECTIVE, ms=7, label=SENTENCES["most"].format(most=most))
    places = np.arange(len(predicted)) + max(turn + 2 - len(predicted), 1)  # prediction ends where training turns
    axes.step(places, predicted, where="mid", color=OBJECTIVE, lw=2, ls="--", label=SENTENCES["prediction"])
    top = 1.25 * most or 1.0
    axes.axvline(turn + 1, color="0.4", lw=1, ls=":")
    axes.text(turn + 1, top, f"{SENTENCES['forward']} ◂  ", ha="right", va="top")
    axes.text(turn + 1, top, f"  ▸ {SENTENCES['backward']}", ha="left", va="top")
    axes.set(xlabel=SENTENCES["operators"], ylabel=SENTENCES["alive"], ylim=(0, top))
    for kind, area in zip(("forward values", "gradients"), areas, strict=True):
        area.set_label(SENTENCES[kind])
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
    axes.plot(line, start + slope * line, color=PENALTY, lw=2, ls="--", label=SENTENCES["straight line"])
    axes.plot(x, y, "o", color=FORWARD, label=SENTENCES["intermediates"])
    axes.set(xlabel=_drawn(xlabel), ylabel="MB", xlim=(0, None), ylim=(0, None))
    axes.legend(frameon=False)
    sentence = SENTENCES["growth"].format(
        xlabel=xlabel, low=x[0], high=x[-1], first=y[0], last=y[-1], slope=slope, start=start
    )
    return _picture(figure, sentence)


def _short(value):
    """Return a number in a few letters, with a proper minus."""
    return f"{round(float(value), 9) + 0.0:.4g}".replace("-", "−")


def _blank_axes(figure, width, height):
    """Return axes that fill the figure, on which a unit is an inch."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def _square(axes, x, y, text, half=0.32):
    """Draw the square of a variable, as in the pictures of graphs."""
    corner, side = (x - half, y - half), 2 * half
    axes.add_patch(Rectangle(corner, side, side, facecolor="white", edgecolor=FORWARD, lw=1.6, zorder=2))
    axes.text(x, y, _drawn(text), ha="center", va="center", fontsize=11, zorder=3)


def _arrow(axes, start, end, shrink=25):
    arrow = {"arrowstyle": "-|>", "color": FORWARD, "lw": 1.6, "shrinkA": shrink, "shrinkB": shrink}
    axes.annotate("", end, start, arrowprops=arrow, zorder=1)


@own_settings()
def show_route(names, values, slopes, step):
    """Draw a chain of numbers with the slope of each link, and how far a nudge of the first moves each of them.

    Parameters
    ----------
    names : sequence of k objects
    values : array of k numbers
    slopes : array of k − 1 numbers
        Of each number with respect to the one before.
    step : float
        How far the first is nudged.

    Returns
    -------
    Picture

    Examples
    --------
    >>> show_route("uv", [3, 9], [6], 0.1)
    A nudge along a route: u = 3 is nudged by 0.1; times 6, v = 9 moves by 0.6
    """
    values, slopes, step = as_array("values", values), as_array("slopes", slopes), as_number("step", step)
    if values.ndim != 1 or not values.size or slopes.shape != (values.size - 1,):
        raise ValueError(f"slopes: expected one number fewer than values has, got {short(slopes)}")
    names = _texts("names", names, values.size)
    moves = step * np.cumprod([1.0, *slopes])
    size = (1.75 * values.size - 0.35, 1.75)
    figure = Figure(figsize=size)
    axes = _blank_axes(figure, *size)
    for k, (name, value, move) in enumerate(zip(names, values, moves, strict=True)):
        x = 0.7 + 1.75 * k
        _square(axes, x, 0.95, f"{name}\n{_short(value)}", 0.38)
        by = _short(move)
        axes.text(x, 0.3, by if by.startswith("−") else f"+{by}", ha="center", va="center", color=FORWARD)
        if k:
            _arrow(axes, (x - 1.75, 0.95), (x, 0.95), 29)
            axes.text(x - 0.875, 1.13, f"× {_short(slopes[k - 1])}", ha="center", color=BACKWARD)
    told = [
        {"name": name, "value": _short(value), "by": _short(move)}
        for name, value, move in zip(names, values, moves, strict=True)
    ]
    links = [SENTENCES["link"].format(slope=_short(slope), **t) for slope, t in zip(slopes, told[1:], strict=True)]
    steps = joined("semicolon", [SENTENCES["nudge"].format(**told[0]), *links])
    return _picture(figure, SENTENCES["route"].format(steps=steps))


@own_settings()
def show_slopes(slopes, places):
    """Draw a graph of variables, without its operators, with a slope on each edge.

    Parameters
    ----------
    slopes : dict
        From pairs of names, tail and head, to a number or a letter.
    places : dict
        From each name to its column and row.

    Returns
    -------
    Picture

    Examples
    --------
    >>> show_slopes({("u", "v"): 6, ("v", "J"): "a"}, {"u": (0, 0), "v": (1, 1), "J": (2, 0)})
    A graph with a slope on each edge: u to v, 6; v to J, a
    """
    _filled("slopes", slopes)
    _filled("places", places)
    points = as_matrix("places", list(places.values()), "names × column and row")
    if points.shape[1] != 2:
        raise ValueError(f"places: expected a column and a row per name, got {points.shape[1]} numbers")
    for edge in slopes:
        if not isinstance(edge, tuple) or len(edge) != 2 or not {*edge} <= places.keys() or edge[0] == edge[1]:
            raise ValueError(f"slopes: expected pairs of two names that have places, got {short(edge)}")
    points = (points - points.min(axis=0)) * (1.7, 1.5) + (0.5, 0.5)
    at = dict(zip(places, points, strict=True))
    size = tuple(points.max(axis=0) + (0.5, 0.5))
    figure = Figure(figsize=size)
    axes = _blank_axes(figure, *size)
    told = []
    for (tail, head), slope in slopes.items():
        slope = slope if isinstance(slope, str) else _short(as_number("slopes", slope))
        _arrow(axes, at[tail], at[head])
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        place = {"ha": "center", "va": "center", "color": BACKWARD, "fontsize": 12, "bbox": behind}
        axes.text(*(at[tail] + at[head]) / 2, _drawn(slope), **place)
        told.append(SENTENCES["edge"].format(tail=tail, head=head, slope=slope))
    for name, (x, y) in at.items():
        _square(axes, x, y, str(name))
    return _picture(figure, SENTENCES["slopes"].format(edges=joined("semicolon", told)))


@own_settings()
def show_tables(tables):
    """Draw small matrices side by side with all their entries; those that are not 0 in colour.

    Parameters
    ----------
    tables : dict
        From a title to a matrix.

    Returns
    -------
    Picture

    Examples
    --------
    >>> show_tables({"a": [[1, 0]], "b": [[0, -2]]})
    Tables side by side: a, rows (1, 0); b, rows (0, −2); 2 of 4 entries are 0
    """
    _filled("tables", tables)
    matrices = {str(title): as_matrix("tables", table, "rows × columns") for title, table in tables.items()}
    side = 0.55
    widths = [side * table.shape[1] for table in matrices.values()]
    size = (sum(widths) + 0.7 * (len(widths) + 1), side * max(map(len, matrices.values())) + 0.75)
    figure = Figure(figsize=size)
    axes, left = _blank_axes(figure, *size), 0.7
    told = []
    for (title, table), width in zip(matrices.items(), widths, strict=True):
        top = size[1] - 0.5
        axes.text(left + width / 2, top + 0.12, _drawn(title), ha="center", va="bottom", fontsize=12)
        for (i, k), value in np.ndenumerate(table):
            x, y = left + side * k, top - side * (i + 1)
            look = {"facecolor": f"{BACKWARD}33" if value else "0.96", "edgecolor": "0.6", "lw": 1}
            axes.add_patch(Rectangle((x, y), side, side, **look))
            colour = "black" if value else "0.5"
            axes.text(x + side / 2, y + side / 2, _short(value), ha="center", va="center", color=colour)
        rows = joined("semicolon", [joined("comma", map(_short, row)) for row in table])
        told.append(SENTENCES["table"].format(title=title, rows=rows))
        left += width + 0.7
    zeros = sum(int((table == 0).sum()) for table in matrices.values())
    count = sum(table.size for table in matrices.values())
    return _picture(figure, SENTENCES["tables"].format(tables=joined("semicolon", told), zeros=zeros, count=count))


@own_settings()
def show_modes(inputs, hidden, outputs):
    """Draw what forward and reverse accumulation carry along the chapter's network to get ∂L/∂x of one example.

    Parameters
    ----------
    inputs, hidden, outputs : int
        d, the number of hidden units, and q.

    Returns
    -------
    Picture
        The derivatives on the way as blocks of rows and columns, and the multiplications of each step.

    Examples
    --------
    >>> show_modes(inputs=3, hidden=2, outputs=2)
    From input to output 2 × 3, 2 × 3, 2 × 3 and 1 × 3 entries are carried along: 24 multiplications; from output to \
input 1 × 2, 1 × 2, 1 × 2 and 1 × 3: 12 multiplications
    """
    sizes = {"inputs": inputs, "hidden": hidden, "outputs": outputs}
    d, h, q = (as_integer(name, size, low=1) for name, size in sizes.items())
    # Where a derivative stands, its name, its rows and columns, and the multiplications that it takes.
    forward = [
        (1, "∂z/∂x", (h, d), 0),
        (2, "∂h/∂x", (h, d), h * d),
        (3, "∂o/∂x", (q, d), q * h * d),
        (4, "∂L/∂x", (1, d), q * d),
    ]
    reverse = [
        (3, "∂L/∂o", (1, q), 0),
        (2, "∂L/∂h", (1, h), q * h),
        (1, "∂L/∂z", (1, h), h),
        (0, "∂L/∂x", (1, d), h * d),
    ]
    figure = Figure(figsize=(9, 5), layout="constrained")
    largest = max(d, h, q)
    for row, (steps, colour, mode) in enumerate(((forward, FORWARD, "forward"), (reverse, BACKWARD, "reverse")), 1):
        axes = figure.add_subplot(2, 1, row)
        axes.set(xlim=(-0.6, 4.6), ylim=(-1.05, 1.25), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        total = sum(count for *_, count in steps)
        axes.set_title(SENTENCES[f"{mode} accumulation"].format(count=total), color=colour, fontsize=11, loc="left")
        for k, name in enumerate("xzhoL"):
            axes.text(k, 1.05, name, ha="center", va="center", bbox={"boxstyle": "square", "fc": "white", "ec": "0.4"})
        step = 1 if mode == "forward" else -1
        for place, name, (rows, columns), count in steps:
            width, height = max(0.03, 0.8 * columns / largest), max(0.05, rows / largest)
            axes.add_patch(Rectangle((place - width / 2, -height / 2), width, height, color=colour, alpha=0.45, lw=0))
            shape = f"{name}  {rows} × {columns}"
            axes.text(place, 0.62, shape, ha="center", va="center", fontsize=9)
            told = SENTENCES["multiplications"].format(count=count) if count else SENTENCES["given"]
            axes.text(place, -0.72, told, ha="center", va="center", fontsize=9, color="0.25")
            if place - step in range(5) and count:
                start, end = place - step * 0.55, place - step * 0.45
                axes.annotate("", (end, 0), (start, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.5})
    sentences = []
    for mode, steps in (("forward mode", forward), ("reverse mode", reverse)):
        carried = [f"{rows} × {columns}" for _, _, (rows, columns), _ in steps]
        count = sum(count for *_, count in steps)
        sentences.append(SENTENCES[mode].format(carried=joined("comma", carried, last="and"), count=count))
    return _picture(figure, joined("semicolon", sentences))
