"""Penalties: additional losses and gradient projections, parts of any agent."""

recollect_api = 1


def recollect_register(registry):
    """Names the penalties."""
    registry.penalty("l2", "recollect.agents.penalties.l2:L2", "keep near the weights of the last task's end")
