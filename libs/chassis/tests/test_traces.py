"""Spans leave over OTLP, and only where it is configured."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import grpc.aio
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

PROGRAM = Path(__file__).with_name("traced_process.py")


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Takes spans in."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, str]] = []

    async def Export(self, request: Any, context: Any) -> Any:
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(names["service.name"], span.name) for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()


async def run_program(**environment: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), env={**os.environ, **environment}
    )
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_spans_leave_only_where_a_collector_is_named():
    collector = Collector()
    server = grpc.aio.server()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        await run_program()
        without = list(collector.spans)
        await run_program(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    finally:
        await server.stop(0)

    assert without == []
    assert collector.spans == [("traced", "work done")]
