"""The grader's side in a student's kernel: the checkers, and all modules as they were before the first cell."""

import importlib
import sys
from types import ModuleType

from IPython import get_ipython

from helpers.exercises.verdicts import judge

MIME = "application/x-verdict"
LONGEST = 600  # characters of a message


class Judge:
    """The checkers of some modules, loaded before any cell of a student has run.

    A cell may leave a module changed, by accident or not: ``np.allclose = …``. What was there at first is put back
    before anything is judged. Somebody who means to deceive can do so all the same: this is the student's process.

    Parameters
    ----------
    sources : sequence of str
        The names of the modules that hold ``CHECKERS``.
    """

    def __init__(self, sources):
        self._checkers = {}
        for source in sources:
            self._checkers |= importlib.import_module(source).CHECKERS
        self._shell = get_ipython()
        self._shell.ask_exit = lambda: None  # exit() in a cell would leave nothing to judge
        self._publish = self._shell.display_pub.publish
        mine = {
            n: module
            for n, module in sys.modules.items()
            if n.partition(".")[0] in ("helpers", "tools") or n in sources
        }
        classes = {c for module in mine.values() for c in vars(module).values() if _is_from(c, mine)}
        others = [module for name, module in sys.modules.items() if name.partition(".")[0] in ("numpy", "builtins")]
        self._mine = [(owner, dict(vars(owner))) for owner in (*mine.values(), *classes)]
        self._others = [(owner, dict(vars(owner))) for owner in others]

    def judge(self, exercise, token):
        """Publish what the checker of an exercise says of the names in this kernel, after a word that only we know."""
        self._restore()
        verdict = judge({exercise: self._checkers[exercise]}, self._shell.user_ns)[exercise]
        self._publish({MIME: f"{token} {verdict.status} {str(verdict)[:LONGEST]}"})

    def _restore(self):
        for owner, kept in self._mine:
            for name in set(vars(owner)) - set(kept):
                # Python itself adds notes such as __warningregistry__, and to a package its modules as they are loaded.
                if not (name.startswith("__") or isinstance(vars(owner)[name], ModuleType)):
                    delattr(owner, name)
        for owner, kept in self._mine + self._others:
            for name, value in kept.items():
                if vars(owner).get(name) is not value and (callable(value) or not name.startswith("__")):
                    setattr(owner, name, value)


def _is_from(value, modules):
    return isinstance(value, type) and value.__module__ in modules
