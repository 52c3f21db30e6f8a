"""Neural networks and what they need of PyTorch: torch modules only, no agents, no streams, no replay."""
