"""A folder of real installed packages, and python processes that see it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPLAY = """
from recollect import ReplayStrategy

class Last(ReplayStrategy):
    def __init__(self, capacity, *, seed=0, keep: int = 3):
        super().__init__(capacity, seed=seed)
        self.rows, self.kept = {}, keep
    def add(self, rows):
        self.rows = {field: values[-self.kept:] for field, values in rows.items()}
    def sample(self, n, like=None):
        return {}
    def __len__(self):
        return 0
"""


class Site:
    """Packages as an installer leaves them: modules, and beside them their metadata with the entry point."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def install(self, plugin: str, source: str, *, distribution: str = "", entry: str = "", **modules: str) -> None:
        """A distribution whose package has `source` as `__init__` and offers it as `plugin`."""
        distribution = distribution or f"recollect-{plugin}"
        package = self.folder / distribution.replace("-", "_")
        package.mkdir()
        for name, text in {"__init__": source, **modules}.items():
            (package / f"{name}.py").write_text(textwrap.dedent(text))
        info = self.folder / f"{package.name}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n")
        (info / "entry_points.txt").write_text(f"[recollect]\n{plugin} = {entry or package.name}\n")

    def python(self, code: str, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs `code` where the packages are installed."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")}
        env["PYTHONPATH"] = os.pathsep.join([str(self.folder), str(ROOT)])
        command = [sys.executable, *options, "-c", textwrap.dedent(code)]
        return subprocess.run(
            command, env=env | variables, cwd=self.folder, capture_output=True, text=True, timeout=120
        )

    def prints(self, code: str, **variables: str) -> list[str]:
        """The lines `code` prints; it must end well and warn of nothing."""
        done = self.python(code, "-W", "error", **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
