"""The explorers: sliders over the chapter's network, and everything that follows from them."""

from helpers.widgets.backward import backward_explorer
from helpers.widgets.forward import forward_explorer
from helpers.widgets.memory import memory_explorer
from helpers.widgets.program import graph_explorer
from helpers.widgets.training import training_explorer

__all__ = ["backward_explorer", "forward_explorer", "graph_explorer", "memory_explorer", "training_explorer"]
