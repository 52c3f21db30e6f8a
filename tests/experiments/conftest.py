import dying
import pytest

from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.grid import grid
from recollect.experiments.spec import RunSpec
from recollect.testing.toys import register_toys


@pytest.fixture(scope="session")
def killed_locally(tmp_path_factory):
    """The experiment of mortals on local processes: its folder, and what became of its runs."""
    dying.register_dying()
    folder = tmp_path_factory.mktemp("killed")
    return folder / "local", grid(dying.mortals(folder / "flag"), folder / "local", workers=2, progress=False)


@pytest.fixture
def small():
    """Two arms of two runs without any torch."""
    register_toys()
    cells = [
        Cell(arm, seed, RunSpec("recollect/ToyBlobs-v0", "toy-means", capacity=capacity, seed=seed))
        for arm, capacity in (("a", 8), ("b", 9))
        for seed in (0, 1)
    ]
    return Experiment("small", tuple(cells))
