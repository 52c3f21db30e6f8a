import re

import pytest

from recollect import data
from recollect.imagesets import IMAGE_SETS


@pytest.mark.parametrize("one", IMAGE_SETS, ids=lambda one: one.name)
def test_each_is_known_and_can_be_checked(one):
    assert data.SETS[one.name] is one
    assert one.where.startswith("images/")
    for inside, (url, checksum) in one.files.items():
        assert re.fullmatch(r"https?://[^ ?]+", url)
        assert url.endswith(inside or one.where.rpartition("/")[2])
        assert re.fullmatch(r"[0-9a-f]{64}|md5:[0-9a-f]{32}", checksum)
    assert one.members.keys() <= one.files.keys()


def test_nothing_is_fetched_twice():
    checksums = [checksum for one in IMAGE_SETS for _, checksum in one.files.values()]
    assert len(set(checksums)) == len(checksums)
