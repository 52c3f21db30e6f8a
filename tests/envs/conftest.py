import re
import warnings

import pytest
from gymnasium.utils.env_checker import check_env

BOX_REMARKS = (
    "A Box observation space minimum value is -infinity",
    "A Box observation space maximum value is infinity",
    "For Box action spaces, we recommend using a symmetric and normalized space",
)


@pytest.fixture
def conform():
    """Gymnasium's check_env, every warning an error but its remarks on unbounded or unsymmetric Boxes."""

    def check(env):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for remark in BOX_REMARKS:
                warnings.filterwarnings("ignore", message=f".*{re.escape(remark)}")
            check_env(env.unwrapped, skip_render_check=True)

    return check
