"""Plans which tokens are computed together: a tree of token prefixes, cut into cached prefixes and packed rows.

Inputs with a common beginning share a path from the root: the examples of a subject, a question, its options. A *group*
computes a path once and caches its keys and values; a *row* packs the tokens below it so that each branch attends only
to its own path. Cuts are chosen by cost alone and never change the result.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from objective.engine.passes.encoding import ModelInput, ScoringTarget, Tokens

MAX_HEIGHT = 150
"""Maximum height of a tree; taller ones are chains of growing texts, which are computed one by one."""
MIN_PREFIX = 16
"""Minimum length of a cached prefix, in tokens."""


@dataclass(frozen=True)
class ComputeCosts:
    """The cost of computation, in units of attending from one token to one key.

    Attributes:
        token: cost of the layers' matrices for one token; 6 times the hidden size for a plain transformer (24 h²
            operations against 4 h).
        launch: number of tokens that could be computed in the minimum time of a forward pass.
        row: maximum number of tokens in a row.
        pack: whether branches may share a row; otherwise each input has its own row.
    """

    token: float
    launch: int = 32
    row: int = 1024
    pack: bool = True

    def of(self, width: int, base: int) -> float:
        """The cost of a row of `width` tokens after `base` cached tokens."""
        return width * (self.token + base + width)


@dataclass
class PackedRow:
    """A subtree in one row, parents before children.

    Attributes:
        tokens: tokens of the row.
        positions: position of each token in its text.
        ends: for each token, the column where the last branch below it ends; the token is visible from its own column
            up to, but not including, that column.
        targets: targets in the row, each with the columns that predict its tokens.
    """

    tokens: Tokens
    positions: Tokens
    ends: Tokens
    targets: list[tuple[ScoringTarget, Tokens]]

    @property
    def is_chain(self) -> bool:
        """Whether every token is visible to all later ones."""
        return int(self.ends.min()) == len(self.tokens)

    @property
    def n_scored(self) -> int:
        """Number of scored tokens, summed over targets even if they share a position."""
        return sum(len(columns) for _, columns in self.targets)


@dataclass
class PrefixGroup:
    """Rows after a common prefix.

    Attributes:
        start: number of tokens in the groups above.
        prefix: tokens of this group after those.
        rows: rows directly after the prefix.
        groups: groups with longer prefixes that begin with this one.
    """

    start: int
    prefix: Tokens
    rows: list[PackedRow] = field(default_factory=list)
    groups: list["PrefixGroup"] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Number of tokens before the rows."""
        return self.start + len(self.prefix)


@dataclass
class _TreeNode:
    """A node of the tree of token prefixes.

    Attributes:
        depth: number of tokens from the root.
        sample: index of an input that passes through the node.
        parent: parent node; None for the root.
        item: index of the input that ends here; None if none does.
        first: first scored position in the inputs below.
        below: number of tokens in all branches below.
        children: child nodes.
    """

    depth: int
    sample: int
    parent: "_TreeNode | None" = None
    item: int | None = None
    first: int = 0
    below: int = 0
    children: list["_TreeNode"] = field(default_factory=list)


def plan_groups(inputs: Sequence[ModelInput], costs: ComputeCosts) -> PrefixGroup:
    """Cut the tree of all inputs into groups and rows.

    Args:
        inputs: inputs with distinct tokens.
        costs: costs that decide between packing, splitting and caching.

    Returns:
        The root group, whose prefix is empty.
    """
    order = sorted(range(len(inputs)), key=lambda number: inputs[number].tokens.astype(">u4").tobytes())
    ranked = [inputs[number] for number in order]
    root, height = _build_tree(ranked)
    if height > MAX_HEIGHT:
        root = _TreeNode(0, 0)
        root.children = [_TreeNode(len(item.tokens), number, root, number) for number, item in enumerate(ranked)]
    _measure(root, ranked)
    return _TreePartition(ranked, costs).cut(root)


def plan_unshared(inputs: Sequence[ModelInput]) -> PrefixGroup:
    """Put every input in a separate row."""
    rows = []
    for item in inputs:
        length = len(item.tokens)
        places = np.arange(length, dtype=np.int32)
        targets = [(target, _columns(target, 0)) for target in item.targets]
        rows.append(PackedRow(item.tokens, places, np.full(length, length, dtype=np.int32), targets))
    return PrefixGroup(0, np.zeros(0, dtype=np.int32), rows)


def common_length(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> int:
    """The length of the common prefix of two token sequences."""
    shorter = min(len(one), len(other))
    different = np.flatnonzero(one[:shorter] != other[:shorter])
    return int(different[0]) if len(different) else shorter


def _columns(target: ScoringTarget, shift: int) -> Tokens:
    return np.arange(target.start - shift, target.start - shift + len(target.tokens), dtype=np.int32)


def _build_tree(ranked: Sequence[ModelInput]) -> tuple[_TreeNode, int]:
    """Build the tree of sorted inputs; each input branches off the path of the previous one. Also return its height."""
    root = _TreeNode(0, 0)
    path, height = [root], 0
    for number, item in enumerate(ranked):
        shared = common_length(ranked[number - 1].tokens, item.tokens) if number else 0
        left: _TreeNode | None = None
        while path[-1].depth > shared:
            left = path.pop()
        if left is not None and path[-1].depth < shared:
            fork = _TreeNode(shared, number - 1, path[-1], children=[left])
            path[-1].children[-1] = left.parent = fork
            path.append(fork)
        leaf = _TreeNode(len(item.tokens), number, path[-1], number)
        path[-1].children.append(leaf)
        path.append(leaf)
        height = max(height, len(path))
    return root, height


def _walk(root: _TreeNode) -> Iterator[_TreeNode]:
    """Yield parents before children, in order."""
    ahead = [root]
    while ahead:
        node = ahead.pop()
        yield node
        ahead += reversed(node.children)


def _measure(root: _TreeNode, ranked: Sequence[ModelInput]) -> None:
    """Set for each node the first scored position and the number of tokens in all branches below."""
    for node in reversed(list(_walk(root))):
        firsts = [child.first for child in node.children]
        if node.item is not None:
            firsts.append(ranked[node.item].first)
        node.first = min(firsts, default=0)
        node.below = sum(child.below + child.depth - node.depth for child in node.children)


class _TreePartition:
    """Finds the cheapest cut of a tree; the choice for a node depends only on the cached prefix above it."""

    def __init__(self, ranked: Sequence[ModelInput], costs: ComputeCosts) -> None:
        self._ranked = ranked
        self._costs = costs
        self._known: dict[tuple[int, int], tuple[float, str]] = {}

    def cut(self, root: _TreeNode) -> PrefixGroup:
        """Return the groups and rows of the cheapest cut."""
        group = PrefixGroup(0, np.zeros(0, dtype=np.int32))
        self._place(root, group)
        return group

    def _place(self, node: _TreeNode, group: PrefixGroup) -> None:
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
    def _inside(node: _TreeNode) -> list[_TreeNode]:
        return list(_walk(node))[1:]

    def _best(self, node: _TreeNode, base: int) -> tuple[float, str]:
        """The minimum cost of a subtree after a cached prefix, and its choice: one row, split, or a longer prefix."""
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

    def _row(self, nodes: list[_TreeNode], base: int) -> PackedRow:
        """Put nodes in one row, parents first; only nodes where an input ends have targets."""
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
        return PackedRow(np.concatenate(pieces), np.concatenate(places), np.concatenate(ends), targets)

    @staticmethod
    def _along(node: _TreeNode, top: _TreeNode, begins: dict[int, int], target: ScoringTarget) -> Tokens:
        """The columns that predict a target's tokens, which may lie in several nodes of its path."""
        columns = _columns(target, 0)
        places = columns.copy()
        at: _TreeNode | None = node
        while at is not None:
            here = places < at.depth
            columns[here] = places[here] + begins[id(at)]
            at = None if at is top else at.parent
        return columns
