"""Print the benchmarks of the course: python benchmarks/run.py."""

import multiprocessing
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from statistics import median, quantiles
from time import sleep

import contenders
import numpy as np
from contenders import closed_form, floor, graph, jax, micrograd, planned, pytorch

NAMES = {
    closed_form: "MLP",
    floor: "floor",
    graph: "run",
    planned: "plan",
    pytorch: "PyTorch",
    jax: "JAX",
    micrograd: "micrograd",
}
SIZES = [(1, 4, 8, 3), (32, 64, 64, 10), (256, 784, 256, 10), (1024, 784, 1024, 10)]
TINY, MEDIUM, LARGE = SIZES[0], SIZES[2], SIZES[3]
RATIOS = [
    (closed_form, floor),
    (closed_form, pytorch),
    (closed_form, jax),
    (closed_form, micrograd),
    (graph, closed_form),
    (planned, closed_form),
]
AIMS = [
    (MEDIUM, "float32", closed_form, floor, 1.25),
    (MEDIUM, "float32", closed_form, pytorch, 0.75),
    (MEDIUM, "float32", planned, closed_form, 1.1),
    (TINY, "float32", closed_form, pytorch, 0.35),
    (TINY, "float64", closed_form, pytorch, 0.35),
    (TINY, "float32", planned, closed_form, 1.5),
]
TOLERANCE = {"float32": 1e-5, "float64": 1e-6}  # of the largest entry: entry by entry, all fail near zero
ROUNDS = 15
PAUSE = 0.05  # seconds: threads spin for a while after their work, and would make the next contender look slow
SPAWN = multiprocessing.get_context("spawn")


class Worker:
    """A function of `contenders` in a process of its own, at the other end of a pipe."""

    def __init__(self, work, *args):
        self.pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=work, args=(theirs, *args), daemon=True)
        self.process.start()
        theirs.close()

    def time(self):
        """Ask for a time, and wait for it."""
        self.pipe.send("time")
        return self.pipe.recv()

    def end(self):
        """Let the process end, and wait until it has."""
        self.pipe.close()
        self.process.join()


def set_environment():
    """Set what the workers inherit: the number of threads, and no OpenBLAS settings from outside.

    An OpenBLAS that is told which processor it has, or how large its cache is, may be slow on the one that it really
    has. Both settings go, and together, since either alone can be slow too.
    """
    os.environ.pop("OPENBLAS_CORETYPE", None)
    os.environ.pop("OPENBLAS_L2_SIZE", None)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC"):
        os.environ[name] = str(contenders.THREADS)  # NPROC is JAX's
    os.environ["JAX_PLATFORMS"] = "cpu"


def difference(results, wanted):
    """Return the largest difference of two contenders' J, ∂J/∂W⁽¹⁾ and ∂J/∂W⁽²⁾, relative to the largest entry."""
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in zip(results, wanted, strict=True))


def compare(size, dtype):
    """Time all contenders on one size, in turns.

    Parameters
    ----------
    size : tuple of int
    dtype : str

    Returns
    -------
    times : dict
        From each contender to its times in seconds, one a round.
    worst : float
        The largest difference of a gradient from MLP's.
    libraries : dict
        From each contender to what threadpoolctl says of its process.
    """
    entrants = [contender for contender in NAMES if contender is not micrograd or size == TINY]
    workers = {contender: Worker(contenders.work, contender, size, dtype) for contender in entrants}
    results = {contender: worker.pipe.recv() for contender, worker in workers.items()}
    libraries = {contender: worker.pipe.recv() for contender, worker in workers.items()}
    worst = max(difference(results[c], results[closed_form]) for c in entrants if c is not floor)
    if not worst <= TOLERANCE[dtype]:  # NaN included
        raise SystemExit(f"gradients differ by {worst:.0e} at {shown(size)}, {dtype}; a comparison would mean nothing")
    times = {contender: [] for contender in entrants}
    for _ in range(ROUNDS):
        for contender, worker in workers.items():
            sleep(PAUSE)
            times[contender].append(worker.time())
    for worker in workers.values():
        worker.end()
    return times, worst, libraries


def shown(size):
    """Return a size as text."""
    return "{} × {}→{}→{}".format(*size)


def ratios(times, ours, theirs):
    """Return the quartiles of the ratio of two contenders' times, taken round by round."""
    return quantiles((a / b for a, b in zip(times[ours], times[theirs], strict=True)), n=4)


def print_speed():
    """Print the table of times, and how they stand to the aims."""
    line = "{:<20}{:<9}{:>8}  " + "{:<21}" * len(RATIOS) + "{}"
    heads = [f"{NAMES[ours]} ÷ {NAMES[theirs]}" for ours, theirs in RATIOS]
    print(line.format("n × d→h→q", "", "MLP, ms", *heads, "differ by"))
    all_times = {}
    for size in SIZES:
        for dtype in ("float32", "float64"):
            times, worst, libraries = compare(size, dtype)
            cells = [
                "{1:.3g} ({0:.2g}–{2:.2g})".format(*ratios(times, *pair)) if pair[1] in times else "" for pair in RATIOS
            ]
            mlp = f"{1000 * median(times[closed_form]):.3g}"
            print(line.format(shown(size), dtype, mlp, *cells, f"{worst:.0e}"), flush=True)
            all_times[size, dtype] = times
    print("\nAims")
    for size, dtype, ours, theirs, aim in AIMS:
        middle = ratios(all_times[size, dtype], ours, theirs)[1]
        print(f"  {shown(size)} {dtype}: {NAMES[ours]} ÷ {NAMES[theirs]} is {middle:.3g}, aim {aim} or less")
    print("\nThreads, as threadpoolctl sees them; kernels inside PyTorch and JAX it does not see")
    for contender in (closed_form, pytorch, jax):
        for library in libraries[contender]:
            parts = (library["internal_api"], library["version"], library.get("architecture"))
            print(f"  {NAMES[contender]}:", *filter(None, parts), f"{library['num_threads']} threads")


def print_drawing():
    """Print what a picture costs, and what a Graphviz process would, to lay out the same DOT."""
    print("\nDrawing, ms")
    program = shutil.which("neato")
    for name, step in contenders.drawings().items():
        dot = step().dot.encode()

        def process(dot=dot):
            subprocess.run([program, "-Tsvg"], input=dot, capture_output=True, check=True)

        theirs = f"{1000 * contenders.time(process, 1):.3g}" if program else "not installed"
        print(f"  {name}: {1000 * contenders.time(step, 1):.3g}; a neato process: {theirs}")


def print_memory():
    """Print by how much one step raises the peak of resident memory."""
    print("\nMemory that one step adds to the peak of its process, MB")
    if platform.system() != "Linux":
        print("  measured on Linux alone")
        return
    for dtype in ("float32", "float64"):
        peaks = []
        for contender in (closed_form, graph, pytorch):
            workers = [Worker(contenders.measure_memory, contender, LARGE, dtype) for _ in range(3)]
            peaks.append(f"{NAMES[contender]} {median(worker.pipe.recv() for worker in workers) / 1e6:.3g}")
        print(f"  {shown(LARGE)} {dtype}:", ", ".join(peaks))


if __name__ == "__main__":
    set_environment()
    packages = [f"{name} {version(name)}" for name in ("numpy", "torch", "jax", "micrograd")]
    print(f"Python {platform.python_version()}", *packages, f"{contenders.THREADS} threads\n", sep=", ")
    print_speed()
    print_drawing()
    print_memory()
