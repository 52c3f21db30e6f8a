"""Named checks of everything that can be registered, and what they found.

    for check in checks_for("replay", "reservoir"):
        check()                                     # raises where the contract is broken

    results = run_checks("replay", "my-idea", expected_failures={"rows_are_copied": "it hands out its own arrays"})

A check that is expected to fail and passes is reported too, so that no expectation outlives its reason.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import gymnasium

from recollect.core import Agent, Penalty, ReplayStrategy, TaskStream
from recollect.errors import OptionError, UnknownName
from recollect.registry import registry
from recollect.testing.agent_checks import AGENT_CHECKS, AgentSubject
from recollect.testing.metric_checks import METRIC_CHECKS, MetricSubject
from recollect.testing.part_checks import OBSERVER_CHECKS, PENALTY_CHECKS, ObserverSubject, penalty_subject
from recollect.testing.replay_checks import REPLAY_CHECKS, ReplaySubject
from recollect.testing.stream_checks import ALWAYS_CHECKED, REGISTERED_CHECKS, StreamSubject

CHECKS: dict[str, tuple[Callable[[Any], None], ...]] = {
    "stream": ALWAYS_CHECKED,
    "agent": AGENT_CHECKS,
    "replay": REPLAY_CHECKS,
    "penalty": PENALTY_CHECKS,
    "metric": METRIC_CHECKS,
    "observer": OBSERVER_CHECKS,
    "claim": (),
}
CLASSES = {"stream": TaskStream, "agent": Agent, "replay": ReplayStrategy, "penalty": Penalty}


@dataclass(frozen=True)
class Check:
    """One check of one thing; calling it raises where the contract is broken.

    Attributes:
        name: such as `fields_come_back_untouched`; names of expected failures are these.
        function: what is called.
    """

    name: str
    function: Callable[[], None]

    def __call__(self) -> None:
        """Runs it.

        Raises:
            Exception: an AssertionError with a sentence, or whatever the thing under check raised.
        """
        self.function()


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        kind: of the thing: stream, agent, replay, penalty, metric, observer, claim, plugin.
        subject: its name.
        check: the name of the check.
        status: `unexpected pass`: it was expected to fail, and did not.
        message: why it failed, or was expected to.
    """

    kind: str
    subject: str
    check: str
    status: Literal["passed", "failed", "expected failure", "unexpected pass"]
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is as it should be."""
        return self.status in ("passed", "expected failure")

    def __str__(self) -> str:
        told = f": {self.message}" if self.message else ""
        return f"{self.status:<16} {self.kind} {self.subject} {self.check}{told}"


def checks_for(kind: str, target: str | type | Callable[..., Any]) -> Iterator[Check]:
    """Every check of one thing, first whether it can be loaded at all.

    Args:
        kind: stream, agent, replay, penalty, metric, observer or claim.
        target: its registered name, or the thing itself: a class, a metric's function, a stream's class or what
            makes it. A thing that has no name is checked in the same way, but for what needs a name.

    Raises:
        UnknownName: for a kind or a name that does not exist.
    """
    if kind not in CHECKS:
        raise UnknownName("kind", kind, CHECKS)
    name = target if isinstance(target, str) else ""
    if name:
        registry.entry(kind, name)
    yield Check("can_be_loaded", partial(_check_loads, kind, target))
    functions = CHECKS[kind] + (REGISTERED_CHECKS if kind == "stream" and name else ())
    for function in functions:
        yield Check(function.__name__.removeprefix("check_"), partial(_check, function, kind, target))


def _loaded(kind: str, target: Any) -> Any:
    return registry.resolve(kind, target) if isinstance(target, str) else target


def _check_loads(kind: str, target: Any) -> None:
    thing = _loaded(kind, target)
    wanted = CLASSES.get(kind)
    if wanted is not None and (isinstance(thing, type) or kind != "stream"):
        inherits = isinstance(thing, type) and issubclass(thing, wanted)
        assert inherits, f"{kind} {target!r} must be a class that inherits from recollect.{wanted.__name__}"
    if isinstance(target, str):
        summary = registry.entry(kind, target).summary
        assert summary, f"{kind} {target!r} has no summary: give registry.{kind}(name, target, 'one line')"


def _check(function: Callable[[Any], None], kind: str, target: Any) -> None:
    function(_subject(kind, target))


def _subject(kind: str, target: Any) -> Any:
    """What the checks of `kind` are given."""
    if kind == "stream":
        name = target if isinstance(target, str) else ""
        return StreamSubject(partial(gymnasium.make, name) if name else target, name)
    thing = _loaded(kind, target)
    if kind == "agent":
        own = registry.entry("agent", target).options["replay"] if isinstance(target, str) else ""
        return AgentSubject(thing, own)
    if kind == "penalty":
        return penalty_subject(thing)
    return {"replay": ReplaySubject, "metric": MetricSubject, "observer": ObserverSubject}[kind](thing)


def run_checks(
    kind: str, target: str | type | Callable[..., Any], *, expected_failures: Mapping[str, str] | None = None
) -> list[CheckResult]:
    """Runs every check of one thing.

    Args:
        kind: as for `checks_for`.
        target: as for `checks_for`.
        expected_failures: check name -> why it is expected to fail.

    Raises:
        UnknownName: for a kind, a name or an expected failure that does not exist.
        OptionError: for an expected failure without a reason.
    """
    title = target if isinstance(target, str) else getattr(target, "__name__", repr(target))
    checks, expected = list(checks_for(kind, target)), check_expected(kind, target, expected_failures)
    return [run_check(check, kind, title, expected.get(check.name, "")) for check in checks]


def run_check(check: Check, kind: str, title: str, expected: str = "") -> CheckResult:
    """Runs one check; `expected` is the reason why it is expected to fail, if it is."""
    try:
        check()
    except Exception as error:  # whatever a thing raises is a finding about it
        told = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        if expected:
            return CheckResult(kind, title, check.name, "expected failure", expected)
        return CheckResult(kind, title, check.name, "failed", told)
    if expected:
        return CheckResult(kind, title, check.name, "unexpected pass", f"expected to fail because: {expected}")
    return CheckResult(kind, title, check.name, "passed")


def check_expected(kind: str, target: Any, expected_failures: Mapping[str, str] | None) -> dict[str, str]:
    """The expected failures, if each is a check of `target` and has a reason; errors as of `run_checks`."""
    names = [check.name for check in checks_for(kind, target)]
    for name, reason in (expected_failures or {}).items():
        if name not in names:
            raise UnknownName(f"check of a {kind}:", name, names)
        if not isinstance(reason, str) or not reason:
            raise OptionError(f"expected_failures[{name!r}] must say why in a string, got {reason!r}")
    return dict(expected_failures or {})
