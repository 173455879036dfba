"""Tokens for whoever works with the local stack, and `contact-center token`, which prints one."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from chassis.security import DevelopmentIssuer
from local_stack.errors import StackError

ROLES = ("agent", "supervisor", "quality", "analyst", "admin", "service")
HOURS = 12.0


class Tokens:
    """Signed by the development issuer of the stack that these settings lead to."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        key_file = environment.get("DEVELOPMENT_ISSUER_KEY_FILE")
        if not key_file:
            raise StackError("DEVELOPMENT_ISSUER_KEY_FILE is not set: start a stack with make up")
        self._issuer = DevelopmentIssuer(Path(key_file))
        self._workspace = environment.get("WORKSPACE") or "main"

    def of(self, role: str, name: str, workspace: str = "", *, hours: float = HOURS) -> str:
        """The token of a person; a service's is for every workspace."""
        if role == "service":
            return self._issuer.service_token(name, seconds=hours * 3600)
        place = workspace or self._workspace
        return self._issuer.token(role, name, place, seconds=hours * 3600)

    def metadata(self, role: str, name: str) -> tuple[tuple[str, str], ...]:
        """The token as gRPC metadata."""
        return (("authorization", f"Bearer {self.of(role, name)}"),)


def main(argv: list[str]) -> int:
    """Print a token; it counts only at services on this machine."""
    parser = argparse.ArgumentParser(prog="contact-center token", description=__doc__)
    parser.add_argument("--role", required=True, choices=ROLES)
    parser.add_argument("--name", required=True, help="whom it is for; an agent's id")
    parser.add_argument("--workspace", default="", help="default: WORKSPACE, else main")
    parser.add_argument("--hours", type=float, default=HOURS, help="default: %(default)g")
    chosen = parser.parse_args(argv)
    tokens = Tokens(os.environ)
    print(tokens.of(chosen.role, chosen.name, chosen.workspace, hours=chosen.hours))
    if sys.stdout.isatty():
        print("for loopback only: anybody who has it is who it names", file=sys.stderr)
    return 0
