"""What the tests of losses share."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Losses of a few images: on a busy machine several threads only wait for each other (0.03 s became 4 s)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
