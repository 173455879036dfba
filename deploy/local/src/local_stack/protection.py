"""How an embedded broker is kept from those who should not get in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ADMIN = "admin"
MECHANISM = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """TLS, and users with passwords, whose rights are ACLs; the user `admin` may do everything.

    `keystore` holds the key (PKCS 8) and the certificate's chain, `authority` who signed it.
    """

    keystore: Path
    authority: Path
    passwords: Mapping[str, str]

    def kafka_settings(self) -> dict[str, str]:
        """What server.properties says beside the listeners."""
        login = "org.apache.kafka.common.security.scram.ScramLoginModule"
        return {
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.enabled.mechanisms": MECHANISM,
            "sasl.mechanism.inter.broker.protocol": MECHANISM,
            f"listener.name.sasl_ssl.{MECHANISM.lower()}.sasl.jaas.config": (
                f'{login} required username="{ADMIN}" password="{self.passwords[ADMIN]}";'
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.keystore),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            # The broker speaks to its own controller without a name, on a port of loopback.
            "super.users": f"User:{ADMIN};User:ANONYMOUS",
        }

    def format_options(self) -> list[str]:
        """What the formatting of the data folder is told: the users."""
        return [
            part
            for name, password in self.passwords.items()
            for part in ("--add-scram", f"{MECHANISM}=[name={name},password={password}]")
        ]
