"""The table of papers in a README, written from reproductions/*.json: verdicts as they fell.

python -m recollect.experiments.readme README.md reproductions

Between the markers stands a table whose first two columns, paper and plugin, are kept as they are.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from recollect.checkpoint import replace_text
from recollect.errors import DataError
from recollect.experiments.records import is_void, read_records
from recollect.experiments.verdict import CONTRADICTED, NOT_SHOWN, REPRODUCED

BEGIN, END = "<!-- reproductions: begin (make reproductions) -->", "<!-- reproductions: end -->"
SCALES = {"cpu": "two cores, an hour", "paper": "published setting"}
SHORT = {REPRODUCED: "reproduced", NOT_SHOWN: "not shown", CONTRADICTED: "contradicted"}


def rendered(text: str, folder: Path) -> str:
    """The text of a README with its table as the files in `folder` have it.

    Raises:
        DataError: if the markers are missing, or a file is damaged.
    """
    before, begin, rest = text.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise DataError(f"the table of papers must stand between {BEGIN} and {END}")
    papers = [[cell.strip() for cell in line.strip().strip("|").split("|")][:2] for line in table.splitlines()]
    rows = [row for row in papers if len(row) == 2 and row[1].startswith("`")]
    lines = [["paper", "plugin", *SCALES.values()], ["---"] * (2 + len(SCALES))]
    for paper, plugin in rows:
        lines.append([paper, plugin, *(outcome(folder / f"{plugin.strip('`')}.{scale}.json") for scale in SCALES)])
    listed = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{before}{BEGIN}\n{listed}\n{END}{after}"


def outcome(path: Path) -> str:
    """How the claims in a file fell, such as `4 reproduced, 1 contradicted`; `not yet` without any that holds."""
    records = read_records(path)
    fell = Counter(SHORT[record["verdict"]] for record in records if not is_void(record))
    void = sum(map(is_void, records))
    told = [f"{fell[one]} {one}" for one in SHORT.values() if fell[one]] or ["not yet"]
    return ", ".join([*told, *([f"{void} void"] if void else [])])


def main(arguments: Sequence[str]) -> None:
    """Rewrites a README: its path, and the folder of the files."""
    readme, folder = map(Path, arguments)
    try:
        replace_text(readme, rendered(readme.read_text(encoding="utf-8"), folder))
    except DataError as error:
        sys.exit(f"the table of papers was left as it is: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
