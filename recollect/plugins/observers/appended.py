"""A file of the run's folder that only grows, and whose length a checkpoint remembers.

A run that was killed has written further than its last checkpoint knows. Cut back to the length in that
checkpoint, the file goes on as if nothing had happened, and nothing stands in it twice.
"""

from pathlib import Path
from typing import Any

from recollect.errors import CheckpointError, OptionError


class AppendedFile:
    """Appends bytes to a file, each piece on disk when `append` returns; holds no open handle in between.

    Args:
        name: path of the file below the run's folder.
        observer: whose file it is, for messages.
    """

    def __init__(self, name: str, observer: str) -> None:
        self.name, self.observer = name, observer
        self.path: Path | None = None
        self.offset = 0

    def begin(self, directory: Path | None) -> bool:
        """Opens the file at the offset held, cutting off what lies behind it; True if it is then empty.

        Raises:
            OptionError: if the run has no folder.
            CheckpointError: if the file cannot be written.
        """
        if directory is None:
            raise OptionError(
                f"observer {self.observer!r} writes {self.name} into the run's folder, but the run has none: "
                "pass directory=... to run (--out on the command line)"
            )
        self.path = Path(directory) / self.name
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                self.offset = min(self.offset, file.tell())  # it may have been shortened or removed since
                file.truncate(self.offset)
        except OSError as error:
            raise CheckpointError(f"cannot write {self.path}: {error.strerror or error}") from error
        return self.offset == 0

    def append(self, data: bytes) -> None:
        """Writes `data` at the end.

        Raises:
            CheckpointError: if it cannot be written (disk full, folder gone).
        """
        if self.path is None:
            raise CheckpointError(f"{self.name} was written before the run began: call recollect_run_start first")
        try:
            with self.path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise CheckpointError(f"cannot write {self.path}: {error.strerror or error}") from error
        self.offset += len(data)

    def state_dict(self) -> dict[str, Any]:
        """The length of the file."""
        return {"offset": self.offset}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores the length; `begin` cuts the file back to it."""
        self.offset = int(state["offset"])
