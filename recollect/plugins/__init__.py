"""Everything that plugs in: the observers, and one folder per paper, of the shape that a third-party package has."""
