"""Where the nodes of a graph stand and how its arrows run, so that none runs behind a node that it does not join.

Lengths are pixels, x runs right and y down. An arrow is a list of points: where it starts, and then three for each
cubic curve.
"""

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

APART = 18  # two nodes side by side
TRACKS = (12, 9, 6, 4)  # the room of an arrow that runs through between nodes: the widest that fits
BETWEEN = 30  # two layers: arrows cross from one to the next there
LANES = 40  # the two lanes
ROOM = 1.25  # of a lane, relative to its fullest layer: arrows are straighter then
PORTS = 10  # the ends of two arrows at the same node
SWEEPS = 16
CLEAR = 5  # an arrow and a node that it does not join
LEAN = 0.3  # how far along an arrow its bends are, from either end
_BENDS = sorted(product(range(-300, 301, 20), repeat=2), key=lambda bends: (bends[0] ** 2 + bends[1] ** 2, bends))
BENDS = [np.array(_BENDS[i:j]) for i, j in pairwise((0, 1, 9, 49, 149, 349, len(_BENDS)))]  # straight first
T = np.linspace(0, 1, 41)
BASIS = np.stack([(1 - T) ** 3, 3 * T * (1 - T) ** 2, 3 * T**2 * (1 - T), T**3], axis=1)  # of cubic curves


class Shape(NamedTuple):
    """A node: a square, or a circle, which a long label makes an ellipse."""

    width: float
    height: float
    is_round: bool


class Track(NamedTuple):
    """Where arrows from a node run through a layer; those that leave the lane are apart from those that stay in it."""

    tail: str
    leaves: bool
    layer: int


class Flow(NamedTuple):
    """A graph in layers. Here widths and x are across the flow, heights and y along it."""

    shapes: dict
    lanes: dict
    layers: dict
    track: float  # the room of a track

    def layer(self, item):
        return item.layer if isinstance(item, Track) else self.layers[item]

    def extent(self, item):
        """Return the room that a node or a track takes in its layer."""
        return self.track if isinstance(item, Track) else self.shapes[item].width + APART

    def pull(self, a, b):
        """Return how much it matters that two stand in a line: most where an arrow runs through."""
        tracks = isinstance(a, Track) + isinstance(b, Track)
        return 8 if tracks == 2 else 1 if tracks or self.shapes[a].is_round == self.shapes[b].is_round else 3

    def bands(self):
        """Return where each layer begins and ends."""
        bands, end = [], -BETWEEN
        for k in range(1 + max(self.layers.values())):
            start = end + BETWEEN
            end = start + max(self.shapes[node].height for node, layer in self.layers.items() if layer == k)
            bands.append((start, end))
        return bands


def in_lanes(shapes, lanes, twins, arrows, most):
    """Place a graph in layers: the forward lane and, beside it, the backward lane, which runs the other way.

    What leads from one node to another goes on by a layer or more in the forward lane, and back in the backward lane;
    a gradient stands in the layer of its variable. Layers are columns, and the lanes lie one below the other, where
    that is not too wide. Elsewhere layers are rows, and the lanes lie side by side.

    Parameters
    ----------
    shapes : dict
        From nodes, which are strings, to their shapes.
    lanes : dict
        From nodes to 0 (forward) or 1 (backward).
    twins : dict
        From nodes to others that they share a layer with, if possible.
    arrows : list of pairs of nodes
        The layers do not depend on those from lane to lane.
    most : float
        The width that the picture should have at most.

    Returns
    -------
    middles : dict
        From nodes to pairs.
    routes : list
        The arrows, in the order given.
    """
    for upright in (False, True):
        seen = shapes if upright else {n: Shape(s.height, s.width, s.is_round) for n, s in shapes.items()}
        room = most * (0.35 if any(lanes.values()) else 0.8)
        flow = Flow(seen, lanes, _layers(Flow(seen, lanes, {}, 0), twins, arrows, room), 0)
        bands = flow.bands()
        if bands[-1][1] <= most:
            break
    ways = [_way(flow, tail, head) for tail, head in arrows]
    rows = _rows(flow, ways)
    for track in TRACKS:
        flow = flow._replace(track=track)
        widths = [max(sum(map(flow.extent, row[k])) for row in rows) for k in range(3)]
        spare = most - LANES - widths[1]
        if widths[0] + widths[2] <= spare:
            break
    more = np.clip(spare / (widths[0] + widths[2]), 1, ROOM)
    x = _spread_out(flow, ways, rows, [widths[0] * more, widths[1], widths[2] * more])
    routes = _routes(flow, ways, x)
    middles = {node: (x[node], sum(bands[layer]) / 2) for node, layer in flow.layers.items()}
    if upright:
        return middles, routes
    return {node: (b, a) for node, (a, b) in middles.items()}, [[(b, a) for a, b in route] for route in routes]


def _layers(flow, twins, arrows, room):
    """Return the layer of each node: near what it is joined to, and none of the layers wider than `room`."""
    for same in (twins, {}):
        group = {node: same.get(node, node) for node in flow.shapes}
        after = {g: [] for g in group.values()}
        for tail, head in arrows:
            if flow.lanes[tail] == flow.lanes[head]:
                a, b = (tail, head) if flow.lanes[tail] == 0 else (head, tail)
                after[group[a]].append(group[b])
        try:
            order = [*TopologicalSorter(after).static_order()]  # last layers first
            break
        except CycleError:  # not without twins
            continue
    before, near = {g: [] for g in after}, {g: [] for g in after}
    for g, others in after.items():
        for other in others:
            before[other].append(g)
    for tail, head in arrows:
        near[group[tail]].append(group[head])
        near[group[head]].append(group[tail])
    needs, taken, found = {g: [0, 0] for g in after}, defaultdict(lambda: [0, 0]), {}
    for node, g in group.items():
        needs[g][flow.lanes[node]] += flow.extent(node)

    def has_room(g, layer):
        return all(not n or not t or n + t <= room for n, t in zip(needs[g], taken[layer], strict=True))

    def place(g, layer, sign=1):
        found[g] = layer
        taken[layer] = [t + sign * n for n, t in zip(needs[g], taken[layer], strict=True)]

    for g in order:
        layer = min((found[other] for other in after[g]), default=0) - 1
        while not has_room(g, layer):
            layer -= 1
        place(g, layer)
    for g in [*order[::-1], *order] * 2:  # and now to the middle of what it is joined to
        low = max((found[other] + 1 for other in before[g]), default=-np.inf)
        high = min((found[other] - 1 for other in after[g]), default=np.inf)
        layers = sorted(found[other] for other in near[g]) or [found[g]]
        middle = np.clip(found[g], layers[(len(layers) - 1) // 2], layers[len(layers) // 2])
        best = int(np.clip(middle, low, high))
        place(g, found[g], -1)
        place(g, best if has_room(g, best) else found[g])
    numbers = {layer: k for k, layer in enumerate(sorted(set(found.values())))}
    return {node: numbers[found[g]] for node, g in group.items()}


def _way(flow, tail, head):
    """Return an arrow as its ends and, in each layer between them, a track, shared by arrows from the same node."""
    start, end = flow.layers[tail], flow.layers[head]
    leaves, step = flow.lanes[tail] != flow.lanes[head], 1 if end >= start else -1
    return [tail, *(Track(tail, leaves, layer) for layer in range(start + step, end, step)), head]


def _rows(flow, ways):
    """Return what each layer holds: of the forward lane, on the way from lane to lane, and of the backward lane."""
    rows = [[[], [], []] for _ in flow.bands()]
    for node, layer in flow.layers.items():
        rows[layer][2 * flow.lanes[node]].append(node)
    for track in dict.fromkeys(item for way in ways for item in way[1:-1]):
        rows[track.layer][1 if track.leaves else 2 * flow.lanes[track.tail]].append(track)
    return rows


def _spread_out(flow, ways, rows, widths):
    """Return where each node and track stands in its layer: in an order with few crossings, and near what it joins."""
    near = defaultdict(lambda: ([], []))  # what lies in the layers before and after
    for a, b in dict.fromkeys(pair for way in ways for pair in pairwise(way)):
        if on := flow.layer(b) - flow.layer(a):
            near[a][on > 0].append(b)
            near[b][on < 0].append(a)
    gap = LANES / 2 if widths[2] else 0
    starts = [0, widths[0] + gap, widths[0] + widths[1] + 2 * gap]
    x = {}
    for row in rows:
        for part, start in zip(row, starts, strict=True):
            x.update(zip(part, start + np.cumsum([flow.extent(item) for item in part]), strict=True))

    def arrange(row, side):
        for part, start, width in zip(row, starts, widths, strict=True):
            wanted, weights = {}, {}
            for item in part:
                pulls = {other: flow.pull(item, other) for side in near[item] for other in side}
                others = [*near[item][0], *near[item][1]] if side is None else near[item][side]
                pulled = [x[other] * pulls[other] for other in others]
                wanted[item] = sum(pulled) / sum(pulls[other] for other in others) if others else x[item]
                weights[item] = 1 + sum(pulls.values())
            if side is not None:
                part.sort(key=wanted.get)
            targets = [wanted[item] for item in part]
            extents = [flow.extent(item) for item in part]
            places = _apart(targets, [weights[item] for item in part], extents, start, start + width)
            x.update(zip(part, places, strict=True))

    found = []
    for sweep in range(SWEEPS):  # the order: by the layer before, by that after, and so on
        for row in rows[:: 1 - 2 * (sweep % 2)]:
            arrange(row, sweep % 2)
        found.append((_crossings(rows, near, x), sweep, [[[*part] for part in row] for row in rows], dict(x)))
    _, _, rows, x = min(found, key=lambda at: at[:2])
    for sweep in range(SWEEPS):  # and the places in it
        for row in rows[:: 1 - 2 * (sweep % 2)]:
            arrange(row, None)
    _straighten(flow, rows, x)
    return x


def _crossings(rows, near, x):
    """Return how many arrows cross between layers."""
    count = 0
    for row in rows:
        ends = np.array([(x[a], x[b]) for part in row for a in part for b in near[a][1]]).reshape(-1, 2)
        right = ends[:, None] > ends
        count += (right[..., 0] & right[..., 1].T).sum()
    return count


def _straighten(flow, rows, x):
    """Give tracks that follow each other one place, as far as there is room for that."""
    beside, trunks = {}, defaultdict(list)
    for row in rows:
        for part in filter(None, row):
            for left, item, right in zip([None, *part[:-1]], part, [*part[1:], None], strict=True):
                beside[item] = left, right
                if isinstance(item, Track):
                    trunks[item.tail, item.leaves, item.layer > flow.layers[item.tail]].append(item)

    def free(track):
        left, right = beside[track]
        low = -np.inf if left is None else x[left] + (flow.extent(left) + flow.track) / 2
        return low, np.inf if right is None else x[right] - (flow.extent(right) + flow.track) / 2

    for trunk in trunks.values():
        run, low, high = [], -np.inf, np.inf
        for track in trunk:
            bounds = free(track)
            if max(low, bounds[0]) > min(high, bounds[1]):
                run, low, high = [], -np.inf, np.inf
            run.append(track)
            low, high = max(low, bounds[0]), min(high, bounds[1])
            x.update(dict.fromkeys(run, float(np.clip(np.mean([x[other] for other in run]), low, high))))


def _apart(targets, weights, extents, low, high):
    """Return the places nearest to the targets that keep the order, the distances and the bounds."""
    if not targets:
        return []
    ends = np.cumsum(extents)
    offsets = ends - np.array(extents) / 2  # of each, if all stood side by side
    blocks = []  # of places that have come to touch: the mean of what they want, its weight, and how many they are
    for target, weight in zip(np.array(targets) - offsets, weights, strict=True):
        blocks.append((target, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, v, m), (b, w, n) = blocks[-2:]
            blocks[-2:] = [((a * v + b * w) / (v + w), v + w, m + n)]
    shifts = np.repeat([mean for mean, _, _ in blocks], [count for _, _, count in blocks])
    return (np.clip(shifts, low, high - ends[-1]) + offsets).tolist()


def _routes(flow, ways, x):
    """Return the arrows: straight along the tracks, and from layer to layer in curves that stay between the two."""
    bands, ports, routes = flow.bands(), _ports(flow, ways, x), []
    for k, way in enumerate(ways):
        start, end = (ports[end] for end in _ends(flow, k, way))
        on = flow.layers[way[-1]] - flow.layers[way[0]]
        first, last = bands[flow.layers[way[0]]][on >= 0], bands[flow.layers[way[-1]]][on <= 0]
        posts = [start, (start[0], first)]
        for track in way[1:-1]:
            posts += [(x[track], bands[track.layer][on < 0]), (x[track], bands[track.layer][on > 0])]
        posts += [(end[0], last), end]
        route = [start]
        for (x1, y1), (x2, y2) in pairwise(posts):
            if max(abs(x1 - x2), abs(y1 - y2)) > 0.01:  # a square may reach to the edge of its layer
                y = (y1 + y2) / 2 if abs(y1 - y2) > 0.01 else first + BETWEEN / 2
                route += [(x1, y), (x2, y), (x2, y2)]
        routes.append(route)
    return routes


def _ports(flow, ways, x):
    """Return where arrows leave and reach the edges of nodes, side by side in the order of where they lead."""
    found, leads = {}, defaultdict(dict)
    for k, way in enumerate(ways):
        for end, other in zip(_ends(flow, k, way), (way[1], way[-2]), strict=True):
            leads[end[:2]][end] = x[other]
    bands = flow.bands()
    for (node, is_after), ends in leads.items():
        width, height, is_round = flow.shapes[node]
        order, half = sorted(ends, key=ends.get), 0.3 * width
        room = min(PORTS, 2 * half / len(order))
        targets = [(ends[end] - x[node]) / 2 for end in order]  # half the way, and from the other end the other half
        ones, edge = [1] * len(order), half + room / 2
        for end, off in zip(order, _apart(targets, ones, [room] * len(order), -edge, edge), strict=True):
            depth = height / 2 * (np.sqrt(1 - (2 * off / width) ** 2) if is_round else 1)
            found[end] = x[node] + off, sum(bands[flow.layers[node]]) / 2 + (depth if is_after else -depth)
    return found


def _ends(flow, k, way):
    """Return the ends of the k-th arrow: the node, whether the arrow is on its later side, and who shares the end."""
    (tail, second), (last, head) = way[:2], way[-2:]
    yield tail, flow.layer(second) >= flow.layers[tail], second if isinstance(second, Track) else k
    yield head, flow.layer(last) >= flow.layers[head], k


def around(middles, shapes, arrows):
    """Return arrows between nodes that have their places: straight where nothing is in the way, and else bent.

    Parameters
    ----------
    middles : dict
        From nodes to pairs.
    shapes : dict
        From nodes to their shapes.
    arrows : list of pairs of nodes

    Returns
    -------
    list
    """
    number = {node: k for k, node in enumerate(middles)}
    at = np.array([*middles.values()], float)
    halves = np.array([(shapes[node].width / 2, shapes[node].height / 2) for node in middles])
    routes = []
    for tail, head in arrows:
        a, b = at[number[tail]], at[number[head]]
        normal = np.array([a[1] - b[1], b[0] - a[0]]) / np.hypot(*(b - a))
        others = np.delete(np.arange(len(at)), [number[tail], number[head]])
        for bends in BENDS:
            first, second = np.moveaxis(a + LEAN * (b - a) + bends[..., None] * normal, 1, 0)
            second = second + (1 - 2 * LEAN) * (b - a)
            curves = np.stack(np.broadcast_arrays(a, first, second, b), axis=1)
            points = BASIS @ curves
            x, y = (abs(points[..., None, k] - at[others, k]) < halves[others, k] + CLEAR for k in (0, 1))
            free = ~(x & y).any(axis=(1, 2))
            if free.any():
                break
        curve, points = curves[free.argmax()], points[free.argmax()]
        start, end = _leaves(points - a, shapes[tail]), 1 - _leaves((points - b)[::-1], shapes[head])
        routes.append(_part(curve, start, end))
    return routes


def _leaves(points, shape):
    """Return the time at which a curve, given relative to the middle of a node, leaves the node."""
    off = abs(points) / (shape.width / 2, shape.height / 2)
    depths = np.hypot(*off.T) if shape.is_round else off.max(axis=1)
    k = np.argmax(depths >= 1)
    return T[k] - T[1] * (depths[k] - 1) / (depths[k] - depths[k - 1])


def _part(curve, start, end):
    """Return the part of a cubic curve between two times, which is another one."""
    points = []
    for times in ((start,) * 3, (start, start, end), (start, end, end), (end,) * 3):
        rest = curve
        for t in times:
            rest = (1 - t) * rest[:-1] + t * rest[1:]
        points.append(tuple(rest[0].tolist()))
    return points
