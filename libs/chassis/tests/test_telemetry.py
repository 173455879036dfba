"""Logs, health and the admin server."""

import asyncio
import json
import logging
import sys

import aiohttp
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import REGISTRY

from chassis.settings import ServiceSettings
from chassis.telemetry import AdminServer, Health, LoopWatch, exemplar
from chassis.telemetry.logs import DropPersonal, JsonFormatter, OncePerWhile
from chassis.testing import eventually, running


def a_line(message: str = "offer timed out", name: str = "router", **extra: object) -> dict:
    made = logging.getLogger(name).makeRecord(
        name, logging.INFO, __file__, 1, message, (), None, extra=extra
    )
    assert DropPersonal().filter(made)
    text = JsonFormatter("router", "router-0").format(made)
    assert "\n" not in text
    return json.loads(text)


def test_a_log_line_is_one_json_object_with_the_extra_fields_beside():
    line = a_line(**{"contact.id": "c1", "seconds": 2.5})

    assert line["message"] == "offer timed out"
    assert (line["level"], line["service.name"]) == ("INFO", "router")
    assert (line["contact.id"], line["seconds"]) == ("c1", 2.5)
    assert line["time"].endswith("+00:00")


def test_personal_fields_never_leave():
    line = a_line(**{"customer.pii.name": "Ana", "pii": "x", "PII.phone": "y", "pious": "kept"})

    assert "Ana" not in json.dumps(line)
    assert {"pious"} == {key for key in line if "pi" in key.lower()}


def test_an_extra_field_cannot_pass_for_a_fixed_one():
    assert a_line(**{"service.name": "forged", "level": "DEBUG"})["service.name"] == "router"


def test_the_trace_is_named():
    with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
        line = a_line()

    assert line["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert "trace_id" not in a_line()


def test_an_exception_stays_on_its_line():
    try:
        raise LookupError("two\nlines")
    except LookupError:
        made = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})

    text = JsonFormatter("router", "router-0").format(made)
    assert "\n" not in text
    assert "LookupError: two" in json.loads(text)["exception"]


def test_what_json_does_not_know_is_written_as_text():
    assert a_line(payload=b"\xff", where=object)["payload"] == "b'\\xff'"


def test_a_library_that_repeats_itself_is_held_back():
    calm = OncePerWhile(seconds=10)

    def shown(name: str, created: float) -> logging.LogRecord | None:
        made = logging.makeLogRecord({"name": name, "created": created, "lineno": 1})
        return made if calm.filter(made) else None

    assert shown("aiokafka.client", 100.0)
    assert not shown("aiokafka.client", 100.1)
    assert not shown("aiokafka.client", 109.9)
    assert shown("router", 100.0)
    assert shown("router", 100.0)
    later = shown("aiokafka.client", 111.0)
    assert later is not None
    assert later.held_back == 2


async def get(admin: AdminServer, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{admin.port}{path}"
    async with aiohttp.ClientSession() as client, client.get(url) as response:
        return response.status, await response.text()


async def test_readiness_names_what_fails():
    failing = {"postgres": "away"}

    async def postgres() -> str | None:
        return failing.get("postgres")

    async def breaks() -> str | None:
        raise LookupError("never shown")

    health = Health()
    health.add({"postgres": postgres, "fine": _fine}, {"loop": _fine})
    async with running(AdminServer(ServiceSettings(), health)) as admin:
        starting = await get(admin, "/readyz")
        health.started()
        away = await get(admin, "/readyz")
        alive = await get(admin, "/livez")
        failing.clear()
        ready = await get(admin, "/readyz")
        health.add({"postgres": breaks}, {"stuck": breaks})
        broken = await get(admin, "/readyz")
        stuck = await get(admin, "/livez")
        health.draining()
        draining = await get(admin, "/readyz")

    assert (starting[0], "starting" in starting[1]) == (503, True)
    assert (away[0], json.loads(away[1])["failing"]) == (503, {"postgres": "away"})
    assert alive == ready == (200, '{"status": "ok"}')
    assert json.loads(broken[1])["failing"] == {"postgres-2": "LookupError"}
    assert (stuck[0], draining[0], "draining" in draining[1]) == (503, 503, True)


async def _fine() -> str | None:
    return None


async def test_a_check_that_hangs_is_a_failed_check(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chassis.telemetry.health.CHECK_SECONDS", 0.05)
    health = Health()
    health.started()

    async def hangs() -> str | None:
        await asyncio.sleep(30)
        return None

    health.add({"slow": hangs}, {})

    assert "no answer" in (await health.not_ready())["slow"]


async def test_metrics_are_shown_with_those_of_the_process():
    async with running(AdminServer(ServiceSettings(), Health())) as admin:
        status, text = await get(admin, "/metrics")

    assert status == 200
    assert "process_resident_memory_bytes" in text
    assert "# HELP consumer_lag_records" in text


def test_an_exemplar_is_the_trace_that_is_recorded_and_none_where_none_is():
    with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
        assert exemplar() == {"trace_id": f"{span.get_span_context().trace_id:032x}"}
    with TracerProvider(sampler=ALWAYS_OFF).get_tracer("t").start_as_current_span("s"):
        assert exemplar() is None
    assert exemplar() is None


async def test_the_event_loop_s_lateness_is_measured():
    before = REGISTRY.get_sample_value("event_loop_late_seconds_count") or 0
    watching = asyncio.create_task(LoopWatch().run())

    await eventually(lambda: REGISTRY.get_sample_value("event_loop_late_seconds_count") > before)
    watching.cancel()
