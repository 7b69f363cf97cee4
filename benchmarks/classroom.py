"""Print how many students a JupyterHub bears: python benchmarks/classroom.py --help."""

import argparse
import asyncio
import math
import platform
import random
import signal
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median
from types import SimpleNamespace

import psutil
from hub import ROOT, Hub

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
NOTEBOOKS = NOTEBOOKS[3:] + NOTEBOOKS[:3]  # the longest first, since a small class opens the first few alone
MINUTES = 9  # in which a class has to end, or else it is not begun
CLASS = 30  # seconds of a class at work
THINK = 10  # seconds between two cells of a student, on average
DRAG = 5  # moves of the slider λ between two cells
BUSY = 0.7  # the share of the cores that a class may take
OPEN = 3  # notebooks that a student leaves open
MARGIN = 1.25  # of a limit, over what the largest student took
SPARE = 0.2  # of the memory that is free, not to be used
PATIENCE = 1  # seconds within which a page should have followed a slider
SERVERS = [(2, 4), (2, 8), (4, 8), (4, 16), (8, 32)]  # cores and GB
GB = 1e9


class Seat:
    """A student with a notebook open, and what they have met with."""

    def __init__(self, student, notebook, seed):
        self.student, self.notebook = student, notebook
        self.random = random.Random(seed)
        self.at = 0
        self.hundredths = 10  # of λ, where the explorer has it at first
        self.problems = []

    async def open(self):
        """Open the notebook and an explorer, and choose where in it the class will find this student."""
        self.cells, self.kernel = await self.student.open(self.notebook)
        await self.kernel.open_explorer()
        self.place = self.random.randrange(len(self.cells))

    async def run_cell(self, times):
        """Run the next cell, add its time to those of `times`, and compare what it put out with what is saved."""
        cell = self.cells[self.at]
        try:
            seconds, messages = await self.kernel.run(cell["source"])
        except RuntimeError as error:
            self.problems.append(f"{self.student.name}, {self.notebook}, code cell {self.at}: {error}")
        else:
            times.cells.append(seconds)
            tags = cell["metadata"].get("tags", [])
            if wrong := difference(messages, cell["outputs"], "nbval-ignore-output" not in tags):
                self.problems.append(f"{self.student.name}, {self.notebook}, code cell {self.at}: {wrong}")
        self.at += 1

    async def move(self, times):
        """Move λ to another value, and add the time until the page had followed to those of `times`."""
        self.hundredths = (self.hundredths + self.random.randrange(1, 101)) % 101
        try:
            times.moves.append(await self.kernel.move(self.hundredths / 100))
        except RuntimeError as error:
            self.problems.append(f"{self.student.name}, {self.notebook}: {error}")

    async def rush(self, end, times):
        """Run all cells up to the one of number `end` as fast as they go, and after each fifth move the slider."""
        while self.at < end:
            await self.run_cell(times)
            if self.at % 5 == 0:
                await self.move(times)

    async def work(self, until, times):
        """Read, drag the slider a little, run a cell, and so on. Who is through goes on with the slider."""
        clock = asyncio.get_running_loop().time
        while clock() + (pause := self.random.expovariate(1 / THINK)) < until:
            await asyncio.sleep(pause / 2)
            for _ in range(DRAG):
                await self.move(times)
            await asyncio.sleep(pause / 2)
            if self.at < len(self.cells):
                await self.run_cell(times)
        await asyncio.sleep(max(0, until - clock()))


def difference(messages, saved, compare):
    """Return how the messages of a cell differ from its saved outputs, or None; errors count in any case."""
    for kind, content in messages:
        if kind == "error":
            return f"{content['ename']}: {content['evalue']}"
    came = [content | {"output_type": kind} for kind, content in messages]
    if compare and texts(came) != texts(saved):
        return f"put out {texts(came)}; saved is {texts(saved)}"
    return None


def texts(outputs):
    """Return what a cell printed, and the words of what it showed."""
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == "stdout")
    shown = [o["data"].get("text/plain") for o in outputs if o["output_type"] in ("execute_result", "display_data")]
    return printed, shown


def read(pid, file, line):
    """Return the bytes that /proc gives for a process in the given line of the given file."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(1024 * int(text.split()[1]) for text in lines if text.startswith(f"{line}:"))


def shares(processes):
    """Return the bytes of each process, those that several share divided among them."""
    return [read(process.pid, "smaps_rollup", "Pss") for process in processes]


def seconds_of(groups):
    """Return the processor time that some lists of processes have taken so far."""
    return sum(sum(process.cpu_times()[:2]) for processes in groups for process in processes)


def late(times):
    """Return the 95th percentile: of a hundred times, the fifth longest, or the longest of a few."""
    return sorted(times)[math.ceil(0.95 * len(times)) - 1] if times else math.nan


def middle(times):
    """Return the median, or NaN of no times."""
    return median(times) if times else math.nan


async def hold(hub, students, began, used):
    """Hold a class, and return what was measured.

    Parameters
    ----------
    hub : Hub
    students : list of Student
        Their servers run. Student k works in notebook k, modulo the number of notebooks.
    began : float
        Seconds that it took to start the servers that were not there yet.
    used : int
        Bytes in use on the machine before the Hub was started.

    Returns
    -------
    namespace
    """
    r = SimpleNamespace(students=len(students), began=began)
    r.class_, r.rush = (SimpleNamespace(cells=[], moves=[]) for _ in range(2))
    seats = [Seat(s, NOTEBOOKS[k % len(NOTEBOOKS)], f"{len(students)} {k}") for k, s in enumerate(students)]
    clock = asyncio.get_running_loop().time

    def spent():
        """Return the processor time of the Hub and the students, and that of this process."""
        return seconds_of(hub.processes().values()), time.process_time()

    begin, at_begin = clock(), spent()
    await asyncio.gather(*(seat.open() for seat in seats))
    await asyncio.gather(*(seat.rush(seat.place, r.rush) for seat in seats))
    r.rush.seconds = clock() - begin
    await asyncio.to_thread(hub.check_that_it_is_closed)

    before, until = spent(), clock() + CLASS
    await asyncio.gather(*(seat.work(until, r.class_) for seat in seats))
    after = spent()
    r.cores = (after[0] - before[0]) / CLASS / len(students)
    r.client_cores = (after[1] - before[1]) / CLASS

    begin = clock()
    await asyncio.gather(*(seat.rush(len(seat.cells), r.rush) for seat in seats))
    r.rush.seconds += clock() - begin
    r.rush.work = (spent()[0] - after[0] + before[0] - at_begin[0]) / len(students)
    groups = hub.processes()
    theirs = [groups[student.name] for student in students]
    r.base = sum(shares(groups[""]))
    r.servers, r.kernels = ([sum(shares(group[part])) for group in theirs] for part in (slice(1), slice(1, None)))
    r.peaks = [sum(read(process.pid, "status", "VmHWM") for process in group[1:]) for group in theirs]
    r.added = psutil.virtual_memory().used - used
    r.notebooks = [seat.notebook for seat in seats]
    r.problems = [problem for seat in seats for problem in seat.problems]
    await asyncio.gather(*(seat.kernel.close() for seat in seats))
    return r


def reason_to_stop(r, end):
    """Return why a class of twice the size is not held, or None."""
    more = r.students * (mean(r.servers) + mean(r.peaks))
    if late(r.class_.moves) > PATIENCE:
        return f"every twentieth move of a slider takes more than {PATIENCE} s"
    if more > (1 - SPARE) * psutil.virtual_memory().available:
        return f"the memory that is left does not bear {r.students} more"
    if time.monotonic() + 2 * r.began + 2.2 * r.rush.seconds + 1.2 * CLASS > end:
        return "the time is up"
    return None


async def hold_classes(hub, most, used, results):
    """Hold classes of 1, 2, 4, … students, print a row for each, and add what was measured to `results`."""
    end = time.monotonic() + 60 * MINUTES
    students = []
    print_head()
    while len(students) < most:
        begin = time.monotonic()
        names = [f"student{k}" for k in range(len(students), min(most, max(1, 2 * len(students))))]
        students += await asyncio.gather(*map(hub.student, names))
        r = await hold(hub, students, time.monotonic() - begin, used)
        print_row(r)
        results.append(r)
        if stop := len(students) < most and reason_to_stop(r, end):
            print(f"No larger class was held: {stop}.")
            break


ROW = "{:>8}{:>9}{:>9}{:>10}{:>9}{:>16}{:>16}{:>9}{:>16}{:>16}{:>9}{:>7}"


def print_head():
    """Print what the columns are."""
    group = ["", "", "", "", "a class", "at work", "", "", "everyone", "at once", "", ""]
    print(ROW.format(*group))
    names = ["students", "start s", "MB each", "GB in all", "cells", "cell ms", "slider ms", "core %"]
    print(ROW.format(*names, "cell ms", "slider ms", "s", "wrong"), flush=True)


def print_row(r):
    """Print the row of a class."""

    def pair(times):
        return f"{1000 * middle(times):.0f} – {1000 * late(times):.0f}"

    print(
        ROW.format(
            r.students,
            f"{r.began:.1f}",
            f"{(mean(r.servers) + mean(r.kernels)) / 1e6:.0f}",
            f"{r.added / GB:.2f}",
            len(r.class_.cells),
            pair(r.class_.cells),
            pair(r.class_.moves),
            f"{100 * r.cores:.1f}",
            pair(r.rush.cells),
            pair(r.rush.moves),
            f"{r.rush.seconds:.0f}",
            len(r.problems),
        ),
        flush=True,
    )


def print_summary(results):
    """Print what follows for a server."""
    r = results[-1]
    server, kernel = mean(r.servers), mean(r.kernels)
    one, several = server + kernel, server + OPEN * kernel
    largest = max(r.servers) + (OPEN - 1) * max(r.kernels) + max(r.peaks)
    print(f"\nThe Hub and its proxy take {r.base / 1e6:.0f} MB, a student's server {server / 1e6:.0f} MB. Kernels, MB:")
    for notebook in sorted(set(r.notebooks)):
        of = [k for k, name in enumerate(r.notebooks) if name == notebook]
        end, peak = mean(r.kernels[k] for k in of), max(r.peaks[k] for k in of)
        print(f"  {notebook[:2]}: {end / 1e6:.0f} at the end, {peak / 1e6:.0f} at the peak")
    print(f"A student takes {one / 1e6:.0f} MB with one notebook open, {several / 1e6:.0f} MB with {OPEN}, and")
    print(f"{largest / 1e6:.0f} MB at most; {MARGIN} times that, as a limit, is {MARGIN * largest / 1e6:.0f} MB.")
    print(f"Students per GB: {GB / one:.1f} with one notebook open, {GB / several:.1f} with {OPEN}.")
    print(f"Students per core: {BUSY / r.cores:.0f}, when a class at work may take {BUSY:.0%} of it.")
    print(f"To run a whole notebook takes a student {r.rush.work:.1f} s of a core.")
    print(f"(One process played the {r.students} students, and took {r.client_cores:.0%} of a core for it.)")
    print(f"\nWhat fits, with {OPEN} notebooks open and 1 GB for the system")
    for count, memory in SERVERS:
        by_memory = max(0, (memory - 1) * GB - r.base) / several
        by_cores = BUSY * count / r.cores
        fits = math.floor(min(by_memory, by_cores))
        beyond = f"; more than {r.students} were not tried" if fits > r.students else ""
        scarce = "memory" if by_memory < by_cores else "the cores"
        print(f"  {count} cores, {memory:>2} GB: {fits:>2} students; what ends first is {scarce}{beyond}")


def main():
    """Read the command line, and hold the classes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=64, help="students of the largest class (64)")
    most = parser.parse_args().most
    if most < 1:
        parser.error(f"--most is {most}; a class has 1 student or more")
    if platform.system() != "Linux":
        raise SystemExit("the memory of a student is measured on Linux alone")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the Hub is shut down
    used = psutil.virtual_memory().used
    packages = [f"{name} {version(name)}" for name in ("jupyterhub", "jupyterlab", "ipykernel", "numpy")]
    machine = f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / GB:.0f} GB"
    print(f"Python {platform.python_version()}", *packages, machine, sep=", ")
    results = []
    with Hub() as hub:
        try:
            asyncio.run(asyncio.wait_for(hold_classes(hub, most, used, results), 60 * MINUTES))
        except TimeoutError:
            print("The time was up before the next class had ended.")
        except Exception:
            print(f"The end of what the Hub said:\n{hub.log[-3000:]}", file=sys.stderr)
            raise
    if not results:
        raise SystemExit(1)
    print_summary(results)
    problems = [problem for r in results for problem in r.problems]
    if problems:
        raise SystemExit("\n".join(["", f"{len(problems)} answers were wrong or missing:", *problems[:20]]))


if __name__ == "__main__":
    main()
