"""Replay strategies: which rows are kept, and which come back.

none              remembers nothing
fifo              the newest rows, drawn uniformly
reservoir         a uniform sample of all rows ever met, drawn uniformly
balanced          the same share for every class, in it a uniform sample; also balanced-by-task
ring-by-class     the same share for every class, in it its newest rows; also ring-by-task
greedy-balancer   GDumb's memory
balancoir         a reservoir whose new rows take the slots of the largest class
lars              a reservoir whose new rows take the slots of rows with a low loss
herding           iCaRL's exemplars
prioritized       the newest rows, drawn in proportion to their priority
mir               of a reservoir, the rows that the new ones would hurt most
gss-greedy        rows whose gradients differ from the memory's
aser              rows by their Shapley value for a nearest-neighbour vote

store.py holds rows; keep.py and draw.py name the parts that stored.py joins into a strategy: grouped.py and
proportional.py (over sumtree.py) are such parts, n_step.py joins rows before they are kept, ending.py fills a memory
when a task ends.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recollect.registry import Registry


def recollect_register(registry: "Registry") -> None:
    """Names the strategies of this package."""
    registry.replay("none", "recollect.replay.none:NoReplay", "remembers nothing")
    registry.replay("fifo", "recollect.replay.stored:Fifo", "the newest rows, drawn uniformly")
    registry.replay("reservoir", "recollect.replay.stored:Reservoir", "a uniform sample of all rows, drawn uniformly")
    for name, target, summary in (
        ("balanced", "balanced:Balanced", "an equal share for every class, in it a uniform sample of its rows"),
        ("balanced-by-task", "balanced:BalancedByTask", "an equal share for every task, in it a uniform sample"),
        ("ring-by-class", "balanced:RingByClass", "an equal share for every class, in it its newest rows"),
        ("ring-by-task", "balanced:RingByTask", "an equal share for every task, in it its newest rows"),
        ("greedy-balancer", "balanced:GreedyBalancer", "GDumb's memory: classes balanced greedily"),
        ("balancoir", "balanced:Balancoir", "a reservoir whose new rows take the slots of the largest class"),
        ("lars", "lars:LARS", "a reservoir whose new rows take the slots of rows with a low loss"),
        ("herding", "herding:Herding", "iCaRL's exemplars, chosen at task ends"),
        ("mir", "mir:MIR", "a reservoir, of which the rows come back that new ones would hurt most"),
        ("gss-greedy", "gss:GSSGreedy", "rows whose gradients differ from those of the memory"),
        ("aser", "aser:ASER", "kept and drawn by Shapley value for a nearest-neighbour vote"),
        ("prioritized", "prioritized:Prioritized", "the newest rows, drawn in proportion to their priority"),
    ):
        registry.replay(name, f"recollect.replay.{target}", summary)
