import json
from pathlib import Path

import noisy_claims
import pytest

from recollect.errors import DataError
from recollect.experiments.readme import BEGIN, END, main, rendered
from recollect.experiments.verdict import CONTRADICTED, NOT_SHOWN, REPRODUCED

ROOT = Path(__file__).parents[2]
README = f"""# Title

{BEGIN}
| paper | plugin | state |
| --- | --- | --- |
| [Noise: a study](https://example.org/1) | `noisy` | planned |
| Another | `silent` | planned |
{END}
the rest
"""


@pytest.fixture(autouse=True)
def noisy(monkeypatch):
    noisy_claims.register(monkeypatch)


def records(*verdicts, **changes):
    claims = {"noisy/true": noisy_claims.TRUE, "noisy/none": noisy_claims.NONE, "noisy/reversed": noisy_claims.REVERSED}
    return [
        {"claim": name, "hash": claim.digest("cpu"), "scale": "cpu", "verdict": verdict, **changes}
        for (name, claim), verdict in zip(claims.items(), verdicts, strict=False)
    ]


def table(folder):
    text = rendered(README, folder)
    assert text.startswith("# Title\n")
    assert text.endswith(f"{END}\nthe rest\n")
    return [line for line in text.splitlines() if "`" in line]


def test_verdicts_are_counted_as_they_fell(tmp_path):
    (tmp_path / "noisy.cpu.json").write_text(json.dumps(records(REPRODUCED, NOT_SHOWN, CONTRADICTED)))
    assert table(tmp_path) == [
        "| [Noise: a study](https://example.org/1) | `noisy` | 1 reproduced, 1 not shown, 1 contradicted | not yet |",
        "| Another | `silent` | not yet | not yet |",
    ]


def test_void_records_do_not_count(tmp_path):
    listed = [*records(REPRODUCED), *records(REPRODUCED, REPRODUCED, hash="0")[1:]]
    (tmp_path / "noisy.cpu.json").write_text(json.dumps(listed))
    assert "| 1 reproduced, 1 void | not yet |" in table(tmp_path)[0]
    (tmp_path / "noisy.cpu.json").write_text(json.dumps(records(REPRODUCED, hash="0")))
    assert "| not yet, 1 void | not yet |" in table(tmp_path)[0]


def test_rendering_again_changes_nothing(tmp_path):
    (tmp_path / "noisy.cpu.json").write_text(json.dumps(records(REPRODUCED)))
    (tmp_path / "README.md").write_text(README)
    main([str(tmp_path / "README.md"), str(tmp_path)])
    once = (tmp_path / "README.md").read_text()
    assert "1 reproduced" in once
    assert rendered(once, tmp_path) == once


def test_without_markers_nothing_is_written(tmp_path):
    with pytest.raises(DataError, match="must stand between"):
        rendered("# Title", tmp_path)


def test_a_damaged_file_is_one_line_and_leaves_the_readme(tmp_path):
    (tmp_path / "noisy.cpu.json").write_text("[{")
    (tmp_path / "README.md").write_text(README)
    with pytest.raises(SystemExit, match=r"left as it is: .*noisy\.cpu\.json is damaged .*reproduce the claims again"):
        main([str(tmp_path / "README.md"), str(tmp_path)])
    assert (tmp_path / "README.md").read_text() == README


def test_our_readme_agrees_with_our_files():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert rendered(text, ROOT / "reproductions") == text, "run `make reproductions`"
    assert text.partition(BEGIN)[2].partition(END)[0].count("arxiv.org") == 16
