"""Names for the shell's completion; none of these functions imports anything heavy."""

from recollect.registry import registry


def _starting(kind: str, incomplete: str) -> list[str]:
    return [name for name in registry.names(kind) if name.startswith(incomplete)]


def streams(incomplete: str) -> list[str]:
    """Stream ids that begin so."""
    return _starting("stream", incomplete)


def agents(incomplete: str) -> list[str]:
    """Agent names that begin so."""
    return _starting("agent", incomplete)


def replays(incomplete: str) -> list[str]:
    """Names of replay strategies that begin so."""
    return _starting("replay", incomplete)


def penalties(incomplete: str) -> list[str]:
    """Names of penalties that begin so."""
    return _starting("penalty", incomplete)


def observers(incomplete: str) -> list[str]:
    """Names of observers that begin so."""
    return _starting("observer", incomplete)


def plugins(incomplete: str) -> list[str]:
    """Names of plugins that begin so."""
    return [report.name for report in registry.plugins() if report.name.startswith(incomplete)]


def anything(incomplete: str) -> list[str]:
    """Names of every kind that begin so."""
    kinds = ("stream", "agent", "replay", "penalty", "metric", "observer", "claim")
    return sorted({name for kind in kinds for name in _starting(kind, incomplete)})
