"""The explorers: sliders over the chapter's network, and everything that follows from them."""

from helpers.widgets.explorer import (
    backward_explorer,
    forward_explorer,
    graph_explorer,
    memory_explorer,
    training_explorer,
)

__all__ = ["backward_explorer", "forward_explorer", "graph_explorer", "memory_explorer", "training_explorer"]
