"""A data set: what it is, where it lies or belongs, where it comes from, and getting it."""

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pooch

from recollect.errors import DataError
from recollect.fetching import FAILURES, Downloads


def folder() -> Path:
    """The folder below which data sets lie: `$RECOLLECT_DATA`, else the user's cache folder."""
    given = os.environ.get("RECOLLECT_DATA")
    return Path(given).expanduser() if given else Path(pooch.os_cache("recollect"))


@dataclass(frozen=True)
class DataSet:
    """A data set that Recollect can read.

    Attributes:
        name: for `recollect data path|fetch`.
        where: file or folder below the data folder; "package:..." for what a package bundles.
        what: one sentence.
        layout: which files, with which fields.
        source: where it comes from, and its licence.
        files: path below `where` ("" where that is the file itself) -> (URL, checksum), for sets that are fetched. A
            checksum is a SHA-256, or begins with its algorithm: "md5:...".
        members: archive among `files` (.tar.gz) -> which of its files are kept, in its stead.
    """

    name: str
    where: str
    what: str
    layout: str
    source: str
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """Where it lies, or belongs."""
        if self.where.startswith("package:"):
            package, _, inside = self.where.removeprefix("package:").partition("/")
            spec = find_spec(package)
            if spec is None or not spec.submodule_search_locations:
                raise DataError(f"data set {self.name!r} is bundled with {package}, which is not installed")
            return Path(spec.submodule_search_locations[0]) / inside
        return folder() / self.where

    @property
    def found(self) -> bool:
        """Whether it is there: a file, or a folder that is not empty, with every file that would be fetched."""
        place = self.place
        if self.files:
            return all(map(self.has, self.files))
        return place.is_file() or (place.is_dir() and any(place.iterdir()))

    def has(self, inside: str) -> bool:
        """Whether one of `files`, or what it holds, is there; a gzipped file also as what it was gzipped from."""
        wanted = self.members.get(inside, (inside,))
        return all((self.place / name).is_file() or self._unzipped(name).is_file() for name in wanted)

    def _unzipped(self, name: str) -> Path:
        return self.place / name.removesuffix(".gz")

    @property
    def status(self) -> str:
        """Such as `found at ...` or `missing: comes from ...`."""
        if self.found:
            return f"found at {self.place}"
        how = f"`recollect data fetch {self.name}`, or put" if self.files else "put"
        return f"missing: comes from {self.source}; {how} it at {self.place}: {self.layout}"

    def fetch(self) -> None:
        """Downloads what is missing, shows progress, checks every checksum, unpacks archives.

        Raises:
            DataError: if a download fails or a checksum is wrong; nothing half-written is kept.
        """
        missing = [inside for inside in self.files if not self.has(inside)]
        with Downloads(disable=not missing) as downloads:
            for inside in missing:
                (url, checksum), target = self.files[inside], self.place / inside
                try:
                    downloads.get(url, checksum, target, self.members.get(inside, ()))
                except FAILURES as error:
                    raise DataError(
                        f"data set {self.name!r}: {url} could not be fetched to {target}: {error}. Try again, or put "
                        f"it at {self.place} by hand: {self.layout}"
                    ) from error
