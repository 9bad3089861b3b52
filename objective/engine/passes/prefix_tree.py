"""Which tokens are computed together: a tree of token prefixes, cut into cached prefixes and packed rows.

Inputs that begin alike share a path from the root: a subject's shots, then a question, then its options. A *group*
computes a path once and keeps its keys and values; a *row* packs all that follows below it, each branch seeing its
own path only. Where to cut is a matter of cost alone, so it never changes what is computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from objective.engine.passes.encoding import Input, Target, Tokens

MAX_HEIGHT = 150
"""Taller trees are chains of growing texts; they are computed one by one."""
MIN_PREFIX = 16
"""A shorter prefix is not worth a cache."""


@dataclass(frozen=True)
class Costs:
    """What computing takes, in the work of one token and one key.

    Attributes:
        token: of the layers' matrices for one token, in keys attended to; 6 times the hidden size for a plain
            transformer (24 h² operations against 4 h).
        launch: tokens that could be computed in the time that a forward pass costs at least.
        row: tokens of a row at most.
        pack: whether branches may share a row; if not, each input is a row.
    """

    token: float
    launch: int = 32
    row: int = 1024
    pack: bool = True

    def of(self, width: int, base: int) -> float:
        """The work of a row of `width` tokens behind `base` cached ones."""
        return width * (self.token + base + width)


@dataclass
class Row:
    """A subtree laid out in one row, parents before children.

    Attributes:
        tokens: of the row.
        positions: each token's place in its own text.
        ends: per token, the column at which the last branch below it ends; a token is seen from the columns from its
            own to before that one.
        targets: what is wanted, each with the columns whose predictions are scored.
    """

    tokens: Tokens
    positions: Tokens
    ends: Tokens
    targets: list[tuple[Target, Tokens]]

    @property
    def is_chain(self) -> bool:
        """Whether no token is hidden from a later one."""
        return int(self.ends.min()) == len(self.tokens)

    @property
    def n_scored(self) -> int:
        """Predictions wanted, counted as if no two targets shared one."""
        return sum(len(columns) for _, columns in self.targets)


@dataclass
class PrefixGroup:
    """Rows that follow one prefix.

    Attributes:
        start: tokens before it, in the groups above.
        prefix: its own tokens after those.
        rows: that follow directly.
        groups: longer prefixes that begin with this one.
    """

    start: int
    prefix: Tokens
    rows: list[Row] = field(default_factory=list)
    groups: list["PrefixGroup"] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Tokens before its rows."""
        return self.start + len(self.prefix)


@dataclass
class _Node:
    depth: int
    sample: int
    parent: "_Node | None" = None
    item: int | None = None
    first: int = 0
    below: int = 0
    children: list["_Node"] = field(default_factory=list)


def plan(inputs: Sequence[Input], costs: Costs) -> PrefixGroup:
    """Cut the tree of all inputs into groups and rows.

    Args:
        inputs: no two with the same tokens.
        costs: what decides between packing, splitting and caching.

    Returns:
        The group of the empty prefix.
    """
    order = sorted(range(len(inputs)), key=lambda number: inputs[number].tokens.astype(">u4").tobytes())
    ranked = [inputs[number] for number in order]
    root, height = _grow(ranked)
    if height > MAX_HEIGHT:
        root = _Node(0, 0)
        root.children = [_Node(len(item.tokens), number, root, number) for number, item in enumerate(ranked)]
    _measure(root, ranked)
    return _Cutter(ranked, costs).cut(root)


def unshared(inputs: Sequence[Input]) -> PrefixGroup:
    """Every input in a row of its own."""
    rows = []
    for item in inputs:
        length = len(item.tokens)
        places = np.arange(length, dtype=np.int32)
        targets = [(target, _columns(target, 0)) for target in item.targets]
        rows.append(Row(item.tokens, places, np.full(length, length, dtype=np.int32), targets))
    return PrefixGroup(0, np.zeros(0, dtype=np.int32), rows)


def common(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> int:
    """How many tokens two runs have in common at their beginnings."""
    shorter = min(len(one), len(other))
    different = np.flatnonzero(one[:shorter] != other[:shorter])
    return int(different[0]) if len(different) else shorter


def _columns(target: Target, shift: int) -> Tokens:
    return np.arange(target.start - shift, target.start - shift + len(target.tokens), dtype=np.int32)


def _grow(ranked: Sequence[Input]) -> tuple[_Node, int]:
    """The tree of sorted inputs, and its height: each input joins the last one's path where they part."""
    root = _Node(0, 0)
    path, height = [root], 0
    for number, item in enumerate(ranked):
        shared = common(ranked[number - 1].tokens, item.tokens) if number else 0
        left: _Node | None = None
        while path[-1].depth > shared:
            left = path.pop()
        if left is not None and path[-1].depth < shared:
            fork = _Node(shared, number - 1, path[-1], children=[left])
            path[-1].children[-1] = left.parent = fork
            path.append(fork)
        leaf = _Node(len(item.tokens), number, path[-1], number)
        path[-1].children.append(leaf)
        path.append(leaf)
        height = max(height, len(path))
    return root, height


def _downward(root: _Node) -> Iterator[_Node]:
    """Parents before children, first children first."""
    ahead = [root]
    while ahead:
        node = ahead.pop()
        yield node
        ahead += reversed(node.children)


def _measure(root: _Node, ranked: Sequence[Input]) -> None:
    """Per node: the first wanted prediction and the tokens of all branches below."""
    for node in reversed(list(_downward(root))):
        firsts = [child.first for child in node.children]
        if node.item is not None:
            firsts.append(ranked[node.item].first)
        node.first = min(firsts, default=0)
        node.below = sum(child.below + child.depth - node.depth for child in node.children)


class _Cutter:
    """Finds the cheapest cut of a tree, choosing for each node once per cached prefix above it."""

    def __init__(self, ranked: Sequence[Input], costs: Costs) -> None:
        self._ranked = ranked
        self._costs = costs
        self._known: dict[tuple[int, int], tuple[float, str]] = {}

    def cut(self, root: _Node) -> PrefixGroup:
        """The groups and rows of the cheapest cut."""
        group = PrefixGroup(0, np.zeros(0, dtype=np.int32))
        self._place(root, group)
        return group

    def _place(self, node: _Node, group: PrefixGroup) -> None:
        base = group.length
        way = self._best(node, base)[1]
        if way == "row":
            group.rows.append(self._row([node, *self._inside(node)], base))
            return
        if way == "group":
            end = min(node.depth, node.first)
            deeper = PrefixGroup(base, self._ranked[node.sample].tokens[base:end])
            group.groups.append(deeper)
            group = deeper
        if node.item is not None:
            group.rows.append(self._row([node], group.length))
        for child in node.children:
            self._place(child, group)

    @staticmethod
    def _inside(node: _Node) -> list[_Node]:
        return list(_downward(node))[1:]

    def _best(self, node: _Node, base: int) -> tuple[float, str]:
        """The least work for all below a cached prefix, and how: as one row, split, or behind a longer prefix."""
        key = (id(node), base)
        if key in self._known:
            return self._known[key]
        costs, width = self._costs, node.below + node.depth - base
        ways: list[tuple[float, str]] = []
        if not node.children or (costs.pack and width <= costs.row and node.parent is not None):
            ways.append((costs.of(width, base), "row"))
        if node.children:
            own = [] if node.item is None else [node.depth]
            apart = sum(self._best(child, base)[0] for child in node.children)
            ways.append((apart + sum(costs.of(depth - base, base) for depth in own), "split"))
            end = min(node.depth, node.first)
            if end - base >= MIN_PREFIX:
                behind = sum(self._best(child, end)[0] for child in node.children)
                behind += sum(costs.of(depth - end, end) for depth in own)
                ways.append((behind + costs.of(end - base + costs.launch, base), "group"))
        self._known[key] = min(ways)
        return self._known[key]

    def _row(self, nodes: list[_Node], base: int) -> Row:
        """Lay nodes out one behind the other, parents first; only nodes that end an input have targets."""
        begins: dict[int, int] = {}
        width = 0
        pieces, places = [], []
        for node in nodes:
            start = base if node is nodes[0] or node.parent is None else max(base, node.parent.depth)
            begins[id(node)] = width - start
            pieces.append(self._ranked[node.sample].tokens[start : node.depth])
            places.append(np.arange(start, node.depth, dtype=np.int32))
            width += node.depth - start
        alone = len(nodes) == 1
        ends = []
        for node, piece in zip(nodes, pieces, strict=True):
            last = begins[id(node)] + node.depth + (0 if alone else node.below)
            ends.append(np.full(len(piece), last, dtype=np.int32))
        targets = [
            (target, self._along(node, nodes[0], begins, target))
            for node in nodes
            if node.item is not None
            for target in self._ranked[node.item].targets
        ]
        return Row(np.concatenate(pieces), np.concatenate(places), np.concatenate(ends), targets)

    @staticmethod
    def _along(node: _Node, top: _Node, begins: dict[int, int], target: Target) -> Tokens:
        """The columns of a target's predictions, which may lie in several nodes of its path."""
        columns = _columns(target, 0)
        places = columns.copy()
        at: _Node | None = node
        while at is not None:
            here = places < at.depth
            columns[here] = places[here] + begins[id(at)]
            at = None if at is top else at.parent
        return columns
