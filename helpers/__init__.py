"""The course's package: what the notebooks import, to be read in this order.

The chapter, twice, in two programs that do not know each other:

1. `functions`: activations and losses, each with its derivatives.
2. `network`: forward (F1–F6) and backward (B1–B7) in closed form, one line of code per equation.
3. `graph`: the computational graph as a data structure, and the walk that computes values.
4. `operators`: the rules of each operator in one table, and the chapter's graph.
5. `gradient`: the walk back, for any graph.

What is done with it:

6. `numpy_operators`, `tracing`: a function of your own, in NumPy's notation, as a graph.
7. `checking`: are the gradients right? Central differences, Jacobians, `prod`.
8. `training`, `memory`, `data`: gradient descent, bytes, and the digits.

How it is shown: `drawing` (graphs), `plots` (figures), `explorers` (what the explorers show) and `widgets` (the
explorers in a notebook). `exercises` holds the checkers of the exercises and the hunt. Modules that begin with an
underscore serve the others. ``language("zh")`` has all of them speak Chinese.
"""

import logging

from helpers._language import language

# On a new machine, and in a browser every time, Matplotlib says that it lists the fonts: no message for a reader.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
