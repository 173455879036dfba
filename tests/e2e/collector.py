"""Where the services' spans go in these tests: rotel, which nobody here wrote, and behind it us."""

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from local_stack.ports import LOOPBACK, free_ports


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as it came out of the collector."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    events: tuple[str, ...]


class Behind(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps what the collector sends on."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def Export(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list[Seen]:
        """Everything so far."""
        return [seen for request in list(self.requests) for seen in _spans(request)]

    def trace(self, trace_id: str) -> list[Seen]:
        """All spans of a trace."""
        return [span for span in self.spans() if span.trace_id == trace_id]


@dataclass(frozen=True, slots=True)
class Collector:
    """`endpoint` is where services send; empty when no rotel runs with this Python."""

    endpoint: str
    behind: Behind


@contextmanager
def collector(folder: Path) -> Iterator[Collector]:
    """Run one until the end; without rotel it takes nothing."""
    behind = Behind()
    program = _program()
    if program is None:
        yield Collector("", behind)
        return
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(behind, server)
    out = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    takes, takes_http = free_ports(2)
    with (folder / "rotel.log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                *("start", "--pid-file", str(folder / "rotel.pid")),
                *("--otlp-grpc-endpoint", f"{LOOPBACK}:{takes}"),
                *("--otlp-http-endpoint", f"{LOOPBACK}:{takes_http}"),
                *("--exporter", "otlp", "--otlp-exporter-endpoint", f"http://{LOOPBACK}:{out}"),
            ],
            stdout=log,
            stderr=log,
            env=_environment(),
        )
        try:
            yield Collector(f"http://{LOOPBACK}:{takes}", behind)
        finally:
            process.terminate()
            process.wait(timeout=20)
            server.stop(0)


def _program() -> str | None:
    """The program in the wheel; None where there is none, or it does not find its Python."""
    package = find_spec("rotel")
    if package is None or package.origin is None:
        return None
    program = str(Path(package.origin).with_name("rotel-agent"))
    tried = subprocess.run(
        [program, "--version"], env=_environment(), capture_output=True, text=True, check=False
    )
    if tried.returncode:
        print(f"no spans are taken: {tried.stderr.strip()}")
        return None
    return program


def _environment() -> dict[str, str]:
    """It is linked with libpython, which the loader does not find where nobody told it."""
    folders = [sysconfig.get_config_var("LIBDIR"), os.environ.get("LD_LIBRARY_PATH")]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(folder for folder in folders if folder)}


def _spans(request: Any) -> Iterator[Seen]:
    for resource in request.resource_spans:
        about = _values(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Seen(
                    service=about["service.name"],
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    attributes=_values(span.attributes),
                    events=tuple(event.name for event in span.events),
                )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind)
