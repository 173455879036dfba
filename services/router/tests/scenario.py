"""The scenarios' language on the believable policy of the tests."""

from router.domain.policy import Policy
from router.scenarios import scenario

from .workspaces import a_policy


class Scenario(scenario.Scenario):
    def __init__(self, policy: Policy | None = None) -> None:
        super().__init__(policy or a_policy())
