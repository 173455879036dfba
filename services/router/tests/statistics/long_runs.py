"""What takes minutes, and much longer where the machine is busy: no test fails on a time."""

import pytest

LONGEST_SECONDS = 7_200
LONG = (pytest.mark.full, pytest.mark.timeout(LONGEST_SECONDS))
