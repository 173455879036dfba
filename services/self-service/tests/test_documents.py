"""What the documents say of flows and settings is what the code does."""

import re
from pathlib import Path

import pytest

from chassis.settings import ServiceSettings
from self_service import metrics
from self_service.adapters.flow_file import parse_flow
from self_service.settings import SelfServiceSettings

SERVICE = Path(__file__).parents[1]
LANGUAGE = (SERVICE.parents[1] / "docs" / "flows.md").read_text()
README = (SERVICE / "README.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", LANGUAGE, flags=re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_a_flow(example: str):
    name = re.search(r"flow: (\S+)", example)

    assert name
    assert parse_flow(example.encode(), name[1]).steps


def test_there_are_examples():
    assert len(EXAMPLES) == 4


def test_each_setting_is_documented_as_it_is():
    of_all = ServiceSettings.model_fields
    for name, field in SelfServiceSettings.model_fields.items():
        if name in of_all and field.default == of_all[name].default:
            continue
        row = f"| `{name.upper()}` | {as_written(field.default)}| {field.description} |"
        assert row in README, row


def as_written(default: object) -> str:
    if isinstance(default, int | float):
        return f"{default:g} "
    return f"`{default}` " if str(default) else ""


def test_each_metric_is_documented():
    for metric in vars(metrics).values():
        name = getattr(metric, "_name", "")
        assert name in README
