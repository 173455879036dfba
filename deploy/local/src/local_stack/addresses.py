"""What `make up` prints: every address, and how to try it by hand."""

import shlex
import shutil
import sys
from pathlib import Path

import yaml

from local_stack.ports import LOOPBACK
from local_stack.services import SMTP_SINK
from local_stack.stack import Stack


def addresses(stack: Stack) -> str:
    """Return the text for a person."""
    return "\n".join(
        [
            "The contact center runs.",
            "",
            *_first(),
            "Be a customer",
            *_customer(stack),
            "Be an agent",
            *_agent(stack),
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


def _first() -> list[str]:
    """Say how a shell finds the commands below, if it does not yet."""
    own = Path(sys.executable).parent
    if shutil.which("contact-center") == str(own / "contact-center"):
        return []
    return ["In another terminal, first", f"  export PATH={shlex.quote(str(own))}:$PATH", ""]


def _customer(stack: Stack) -> list[str]:
    sip = stack.address("ingest-voice.SIP_PORT")
    page = stack.address("ingest-digital.CHAT_PORT")
    mail = stack.address("ingest-digital.MAIL_PORT")
    calls = _entry_points(stack.policy, "voice")
    return [
        *(
            f"  call   sip:{number}@{sip} with any softphone (flow {flow})"
            for number, flow in calls.items()
        ),
        f"         or  python -m local_stack.phone call sip:{next(iter(calls))}@{sip} --digits 2:1",
        f"  chat   http://{page}/ in a browser",
        "         or  contact-center chat",
        *(
            f"  mail   to {address} by SMTP {mail}"
            for address in _entry_points(stack.policy, "email")
        ),
        f"         replies appear in {stack.mails}",
    ]


def _agent(stack: Stack) -> list[str]:
    """Say how to be the first of the roster, whose telephone is wherever the roster says."""
    agent = yaml.safe_load(stack.roster.read_text())["agents"][0]
    name, phone = agent["id"], agent["voice_address"]
    port = phone.rpartition(":")[2]
    return [
        f"  contact-center agent --name {name}",
        f"  calls ring at {phone}: a softphone that listens there",
        f"         or  python -m local_stack.phone agent --user {name} --port {port}",
    ]


def _entry_points(policy: Path, channel: str) -> dict[str, str]:
    """Return where the policy lets customers of a channel in: by address, the flow."""
    entries = yaml.safe_load(policy.read_text())["entry_points"]
    return {entry["address"]: entry["flow"] for entry in entries if entry["channel"] == channel}


def _grpc(stack: Stack, instance: str) -> str:
    port = stack.ports.get(f"{instance}.GRPC_PORT")
    return f"  gRPC {LOOPBACK}:{port}" if port else ""


def _without_password(url: str) -> str:
    head, _, place = url.rpartition("@")
    return f"{head.rpartition(':')[0]}:…@{place}" if head.count(":") > 1 else url
