"""Fetching: files over HTTP into place, with progress, checksums and nothing half-written."""

import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pooch
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

FAILURES = (OSError, ValueError, KeyError, EOFError, tarfile.TarError, zlib.error)  # of a download, or of unpacking it
COLUMNS = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())


class Downloads:
    """Downloads under one progress display.

    Args:
        disable: shows nothing.
    """

    def __init__(self, disable: bool = False) -> None:
        self.progress = Progress(*COLUMNS, disable=disable)

    def __enter__(self) -> "Downloads":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def get(self, url: str, checksum: str, target: Path, members: Sequence[str] = ()) -> None:
        """Downloads `url` to `target`, checked; of an archive only its `members` are kept, in the folder of `target`.

        Args:
            url: http or https.
            checksum: SHA-256, or any with its algorithm in front: "md5:...".
            target: a file that is not there yet.
            members: files in the archive (.tar.gz). Nothing else is taken out of it, so that no path leads elsewhere.

        Raises:
            FAILURES: ValueError for a wrong checksum, OSError for a transfer that fails and a full disk, the others for
                an archive that is damaged or lacks a member.
        """
        bar = ProgressBar(self.progress, target.name)
        downloader = pooch.HTTPDownloader(progressbar=bar)
        known = checksum if ":" in checksum else f"sha256:{checksum}"
        pooch.retrieve(url, known, target.name, target.parent, downloader=downloader)
        if members:
            unpack(target, members)
            target.unlink()


def unpack(archive: Path, members: Sequence[str]) -> None:
    """Writes `members` of a .tar.gz beside it, all of them or none.

    Raises:
        KeyError: for a member that is not there, or is no plain file.
        FAILURES: for a damaged archive and a full disk.
    """
    with tempfile.TemporaryDirectory(dir=archive.parent) as part:
        with tarfile.open(archive, "r:gz") as opened:
            for number, name in enumerate(members):
                found = opened.getmember(name)
                if not found.isreg():
                    raise KeyError(f"{name} is no plain file in {archive.name}")
                with opened.extractfile(found) as content, Path(part, str(number)).open("wb") as file:
                    shutil.copyfileobj(content, file)
        for number, name in enumerate(members):
            target = archive.parent / name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(Path(part, str(number)), target)


class ProgressBar:
    """One file's line of a rich progress display, in the form that pooch fills."""

    def __init__(self, progress: Progress, title: str) -> None:
        self.progress, self.line = progress, progress.add_task(title, total=None)

    @property
    def total(self) -> Any:
        """Bytes in all; 0 where the server does not say."""
        return self.progress.tasks[self.line].total

    @total.setter
    def total(self, size: int) -> None:
        """What the server said."""
        self.progress.update(self.line, total=size or None)

    def update(self, size: int) -> None:
        """Counts `size` more bytes."""
        self.progress.update(self.line, advance=size)

    def reset(self) -> None:
        """Starts to count again."""
        self.progress.reset(self.line)

    def close(self) -> None:
        """Keeps the finished line."""
        self.progress.stop_task(self.line)
