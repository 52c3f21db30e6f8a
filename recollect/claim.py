"""Claims: what a paper says, small enough to be checked by one command. Data only; `recollect.experiments` checks it.

A module names its claims with `registry.claim("<paper>/<claim>", "module:CLAIM", summary)`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from recollect.errors import OptionError, UnknownName


@dataclass(frozen=True)
class Arm:
    """One of the things that a claim compares: the arguments of `recollect.make_agent`, under a name.

    Attributes:
        name: in tables.
        agent: name of the agent.
        replay: name of the replay strategy; None is the agent's own.
        capacity: of the memory, in rows (episodes for TRAJECTORY).
        penalty: name of a penalty, or None.
        options: of the agent.
        replay_options: of the strategy.
        penalty_options: of the penalty.
        stream: options of the stream for this arm alone, beside those of the scale.
    """

    name: str
    agent: str
    replay: str | None = None
    capacity: int = 1000
    penalty: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    replay_options: Mapping[str, Any] = field(default_factory=dict)
    penalty_options: Mapping[str, Any] = field(default_factory=dict)
    stream: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """How large a claim is checked.

    Attributes:
        seeds: of the runs of every arm; disjoint from those that options were tuned on.
        stream: options of the stream, for `gymnasium.make`.
        run: keywords of `recollect.run`.
        arms: what changes at this scale, as arm name -> {attribute of `Arm`: value}.
        stream_id: another stream than the claim's at this scale, such as the published one.
        margin: another threshold than the claim's at this scale; None: the claim's.
        seeded: options of the stream that are each run's seed, such as "order_seed"; () leaves the stream the same.
    """

    seeds: tuple[int, ...]
    stream: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    arms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stream_id: str | None = None
    margin: float | None = None
    seeded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What a paper says, as a statement about one number per run that holds or does not.

    The number is `metric`, or `metric` less `minus`, of each run. `test` says what is stated about it:

        compare   first arm - another arm, by seed, is higher than `margin` (lower than -`margin`), for all others
        level     the number is higher (lower) than `margin`, in every arm
        trend     the rank correlation of the number with the order of the arms is higher than `margin`
                  (lower than -`margin`), over all arms and seeds

    With direction "zero" the difference, number or correlation lies strictly between -`margin` and `margin`.

    Attributes:
        says: the claim in one sentence, with the section, table or figure it is from.
        stream: id of the stream.
        arms: for `compare` the first is the one that is claimed to be better; for `trend` they are in order.
        metric: name of the metric; with `observer`, of one of that observer's `figures`.
        direction: "higher", "lower", or "zero".
        scales: "smoke" (CI, 10 seconds), "cpu" (2 cores, 60 minutes) and "paper" (the published setting).
        score: which of the stream's scores the metric is of; None is the primary one.
        test: what is stated.
        margin: the threshold; at least 0 unless `test` is "level", above 0 for "zero".
        minus: name of a metric that is subtracted, of the same run; None: nothing is.
        options: keywords of the metric.
        observer: name of an observer of every run, whose `figures(directory) -> {name: number}` the metric is one of.
        tuned_on: the seeds on which the arms' options were chosen.

    Raises:
        OptionError: where tuning seeds are also seeds of a scale, a seed or a name occurs twice, or a field is none of
            what it can be.
        UnknownName: where a scale changes an arm, or an attribute of one, that does not exist.
    """

    says: str
    stream: str
    arms: tuple[Arm, ...]
    metric: str
    direction: Literal["higher", "lower", "zero"]
    scales: Mapping[Literal["smoke", "cpu", "paper"], Scale]
    score: str | None = None
    test: Literal["compare", "level", "trend"] = "compare"
    margin: float = 0.0
    minus: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    observer: str | None = None
    tuned_on: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._check_statement()
        for name, scale in self.scales.items():
            tuned = sorted(set(scale.seeds) & set(self.tuned_on))
            if tuned:
                raise OptionError(
                    f"scale {name!r} of the claim {self.says!r:.60} runs on seed {tuned[0]}, on which its options were "
                    "tuned: give it seeds that nothing was chosen on"
                )
            if len(set(scale.seeds)) < max(len(scale.seeds), 1):
                raise OptionError(f"scale {name!r} needs seeds, each once, got {scale.seeds!r}")
            self.arms_at(name)

    def _check_statement(self) -> None:
        for option, known in (("direction", ("higher", "lower", "zero")), ("test", ("compare", "level", "trend"))):
            if getattr(self, option) not in known:
                raise OptionError(f"{option} of a claim is one of {', '.join(known)}, got {getattr(self, option)!r}")
        least = 1 if self.test == "level" else 2
        names = [arm.name for arm in self.arms]
        if len(names) < least or len(set(names)) < len(names):
            raise OptionError(f"a claim with test {self.test!r} needs {least} arms or more, names differ; got {names}")
        for margin in (self.margin, *(one.margin for one in self.scales.values() if one.margin is not None)):
            if (self.direction == "zero" and not margin > 0) or (self.test != "level" and not margin >= 0):
                raise OptionError(f"margin is at least 0 for {self.test!r}, above 0 for 'zero', got {margin!r}")
        if not set(self.scales) <= {"smoke", "cpu", "paper"}:
            raise OptionError(f"scales are smoke, cpu and paper, got {', '.join(self.scales)}")

    def scale(self, name: str) -> Scale:
        """One of its scales.

        Raises:
            UnknownName: if it does not have it.
        """
        if name not in self.scales:
            raise UnknownName(f"scale of the claim {self.says!r:.60}", name, self.scales)
        return self.scales[name]

    def arms_at(self, scale: str) -> tuple[Arm, ...]:
        """The arms as they are at a scale."""
        changes = self.scale(scale).arms
        for arm, changed in changes.items():
            if arm not in (one.name for one in self.arms):
                raise UnknownName("arm", arm, [one.name for one in self.arms])
            for attribute in changed:
                known = [one.name for one in fields(Arm) if one.name != "name"]
                if attribute not in known:
                    raise UnknownName("attribute of Arm", attribute, known)
        return tuple(replace(arm, **changes.get(arm.name, {})) for arm in self.arms)

    def at(self, scale: str) -> "Claim":
        """The claim with its threshold at a scale."""
        margin = self.scale(scale).margin
        return self if margin is None else replace(self, margin=margin)

    def as_json(self, scale: str) -> dict[str, Any]:
        """All that decides the outcome at a scale, as plain JSON."""
        own = self.scale(scale)
        statement = {name: getattr(self, name) for name in ("metric", "minus", "options", "score", "observer")}
        statement |= {name: getattr(self.at(scale), name) for name in ("test", "direction", "margin")}
        where = {"stream": own.stream_id or self.stream, "stream_options": own.stream, "run": own.run}
        arms = [asdict(arm) for arm in self.arms_at(scale)]
        tree = {**statement, **where, "seeds": own.seeds, "arms": arms}
        if own.seeded:
            tree["seeded"] = own.seeded
        return json.loads(json.dumps(tree, default=dict))

    def digest(self, scale: str) -> str:
        """A hash of `as_json`: what was found for another one is void."""
        return hashlib.sha256(json.dumps(self.as_json(scale), sort_keys=True).encode()).hexdigest()[:16]
