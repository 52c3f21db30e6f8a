"""Replay the rows that were seen longest ago."""

recollect_api = 1


def recollect_register(registry):
    """Names the strategy; importing anything heavy here would slow every start of Recollect."""
    registry.replay("oldest-first", "recollect_oldest_first.replay:OldestFirst", "least recently seen first")
