"""Schemas: which fields the rows of a stream have, and what one row is.

TRANSITION  obs act rew terminated truncated obs_next   (N,*obs) (N,*act) (N,) (N,) (N,) (N,*obs)
TRAJECTORY  obs act rew mask ret goal group             (N,T,*obs) (N,T,*act) (N,T) (N,T) (N,) (N,) (N,)
SAMPLE      x y                                         (N,*x) (N,*y)
QUERY       x y cost                                    what was asked, what was answered, what it cost
TEXT        x y mask                                    int (N,T) (N,T), bool (N,T)

Every row also has `step`, and `task` where tasks are visible. A Dict observation becomes one field
per leaf (`obs/elements`), which serves a schema that asks for `obs`.

Where the target is "sequence", y (N, L) holds the class of the row, SEPARATOR, further tokens, END, and PAD to the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Schema:
    """A kind of row: its name, its fields, and whether one row is a step or an episode."""

    name: str
    fields: frozenset[str]
    unit: Literal["step", "episode"] = "step"


TRANSITION = Schema("TRANSITION", frozenset({"obs", "act", "rew", "terminated", "truncated", "obs_next"}))
TRAJECTORY = Schema("TRAJECTORY", frozenset({"obs", "act", "rew", "mask", "ret", "goal", "group"}), unit="episode")
SAMPLE = Schema("SAMPLE", frozenset({"x", "y"}))
QUERY = Schema("QUERY", frozenset({"x", "y", "cost"}))
TEXT = Schema("TEXT", frozenset({"x", "y", "mask"}))
SCHEMAS = {schema.name: schema for schema in (TRANSITION, TRAJECTORY, SAMPLE, QUERY, TEXT)}

PAD, END, SEPARATOR = 0, 1, 2  # tokens of y where the target is "sequence"; y[:, 0] is the class of the row

ALWAYS = frozenset({"step", "task"})  # fields that every row has, whatever its schema (task: where visible)


def missing(wanted: Iterable[str], fields: Iterable[str]) -> list[str]:
    """Those of `wanted` that `fields` do not serve; `obs` is served by any `obs/...`."""
    have = set(fields)
    roots = have | {field.split("/", 1)[0] for field in have}
    return sorted(field for field in wanted if field not in roots)


def serves(stream_schema: Schema, agent_schema: Schema, horizon: int | None) -> bool:
    """Whether a stream of one schema can feed an agent of another.

    The names must agree, except that a TRANSITION stream with a horizon also serves TRAJECTORY.
    """
    if stream_schema.name == agent_schema.name:
        return agent_schema is not TRAJECTORY or horizon is not None
    return stream_schema is TRANSITION and agent_schema is TRAJECTORY and horizon is not None


def explain(schema: Schema) -> str:
    """One sentence such as `TRANSITION: one row is a step with act, obs, ...`."""
    article = "an" if schema.unit == "episode" else "a"
    return f"{schema.name}: one row is {article} {schema.unit} with {', '.join(sorted(schema.fields))}"
