"""Telemetry of one process, set up once."""

import os

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from chassis.settings import ServiceSettings
from chassis.telemetry.logs import configure_logs
from chassis.telemetry.printed import log_what_is_printed

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def configure(service: str, settings: ServiceSettings) -> None:
    """JSON logs on stderr and trace ids everywhere; spans leave only where OTLP is configured."""
    configure_logs(service, settings.instance_id, settings.log_level)
    log_what_is_printed()
    resource = Resource.create(
        {"service.name": service, "service.instance.id": settings.instance_id}
    )
    # The OTEL_* variables are read here because the exporter reads them itself, too.
    is_exported = any(os.environ.get(name) for name in _ENDPOINTS)
    # Without an exporter a span is only its ids, which cost a fraction of a recorded one.
    sampler = None if is_exported else ALWAYS_OFF
    provider = TracerProvider(resource=resource, sampler=sampler)
    if is_exported:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def shut_down() -> None:
    """Send what spans are left (bounded by the exporter's own timeout)."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()
