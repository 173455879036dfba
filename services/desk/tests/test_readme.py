"""What is not described cannot be operated."""

from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from chassis.settings import ServiceSettings
from desk import metrics
from desk.settings import DeskSettings

README = (Path(__file__).parents[1] / "README.md").read_text()
OWN = sorted(DeskSettings.model_fields.keys() - ServiceSettings.model_fields.keys())
METRICS = [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]


@pytest.mark.parametrize("name", OWN)
def test_every_setting_is_described(name: str) -> None:
    assert f"`{name.upper()}`" in README


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric._name)
def test_every_metric_is_described(metric: MetricWrapperBase) -> None:
    described = {sample.name for family in metric.describe() for sample in family.samples}
    names = {metric._name, f"{metric._name}_total", *described}

    assert any(f"`{name}" in README for name in names)
