"""What `make up` prints: every address, and how to try it by hand."""

from local_stack.ports import LOOPBACK
from local_stack.services import SMTP_SINK
from local_stack.stack import Stack


def addresses(stack: Stack) -> str:
    """Return the text for a person."""
    return "\n".join(
        [
            "The contact center runs.",
            "",
            "Be a customer",
            f"  call   sip:service@{stack.address('ingest-voice.SIP_PORT')} with any softphone",
            "  chat   contact-center chat",
            f"  mail   any address of policy.yaml, SMTP {stack.address('ingest-digital.MAIL_PORT')}"
            f"; replies appear in {stack.mails}",
            "Be an agent",
            "  contact-center agent --name ana",
            "Look inside",
            "  contact-center tap routing-events.v1 --from-start",
            f"  grpcurl -plaintext {stack.address('desk.GRPC_PORT')} list",
            f"  Kafka     {stack.kafka_bootstrap_servers}",
            f"  Postgres  {_without_password(stack.database_url)}",
            f"  replies   SMTP {stack.address(SMTP_SINK)} (a sink)",
            f"  logs      {stack.data / 'logs'}",
            *(
                f"  {instance:<15} {stack.admin_url(instance)}{_grpc(stack, instance)}"
                for instance in stack.instances()
            ),
            "",
            "make status shows how it is, make down ends it.",
        ]
    )


def _grpc(stack: Stack, instance: str) -> str:
    port = stack.ports.get(f"{instance}.GRPC_PORT")
    return f"  gRPC {LOOPBACK}:{port}" if port else ""


def _without_password(url: str) -> str:
    head, _, place = url.rpartition("@")
    return f"{head.rpartition(':')[0]}:…@{place}" if head.count(":") > 1 else url
