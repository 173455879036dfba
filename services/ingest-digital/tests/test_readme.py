"""The README names what there is."""

from pathlib import Path

from chassis.settings import ServiceSettings
from ingest_digital import metrics
from ingest_digital.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_every_setting_is_in_the_readme():
    own = set(Settings.model_fields) - set(ServiceSettings.model_fields)

    assert [name for name in sorted(own) if f"`{name.upper()}`" not in README] == []


def test_every_metric_is_in_the_readme():
    families = [value for name, value in vars(metrics).items() if name.isupper()]

    assert [each._name for each in families if f"`{each._name}" not in README] == []
