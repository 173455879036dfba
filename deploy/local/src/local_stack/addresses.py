"""What `make up` prints: every address, and how to try it by hand."""

from pathlib import Path

import yaml

from local_stack.ports import LOOPBACK
from local_stack.services import SMTP_SINK
from local_stack.stack import Stack


def addresses(stack: Stack) -> str:
    """Return the text for a person."""
    sip, mail = stack.address("ingest-voice.SIP_PORT"), stack.address("ingest-digital.MAIL_PORT")
    return "\n".join(
        [
            "The contact center runs.",
            "",
            "Be a customer",
            *(
                f"  call   sip:{number}@{sip} with any softphone"
                for number in _entry_points(stack.policy, "voice")
            ),
            "  chat   contact-center chat",
            *(
                f"  mail   to {address} by SMTP {mail}"
                for address in _entry_points(stack.policy, "email")
            ),
            f"         replies appear in {stack.mails}",
            "Be an agent",
            "  contact-center agent --name ana",
            "Look inside",
            "  contact-center tap routing-events.v1 --from start",
            "  contact-center explain             whom to ask about",
            "  contact-center explain CONTACT     why it went where it went (--full: and who else)",
            "  contact-center replay              the same log, the same decisions, byte for byte",
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


def _entry_points(policy: Path, channel: str) -> list[str]:
    """Return the addresses of a channel where the policy says that customers come in."""
    entries = yaml.safe_load(policy.read_text())["entry_points"]
    return [entry["address"] for entry in entries if entry["channel"] == channel]


def _grpc(stack: Stack, instance: str) -> str:
    port = stack.ports.get(f"{instance}.GRPC_PORT")
    return f"  gRPC {LOOPBACK}:{port}" if port else ""


def _without_password(url: str) -> str:
    head, _, place = url.rpartition("@")
    return f"{head.rpartition(':')[0]}:…@{place}" if head.count(":") > 1 else url
