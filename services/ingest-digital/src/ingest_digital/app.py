"""Where ingest-digital is put together."""

from pathlib import Path

from chassis.kafka import DeadLetters, GroupConsumer, Producer
from chassis.postgres import Database
from chassis.rpc import GrpcChannel
from chassis.run import Lifecycle
from ingest_digital import metrics
from ingest_digital.adapters.chat_server import ChatServer
from ingest_digital.adapters.chat_socket import ChatParts
from ingest_digital.adapters.files import SealedFiles
from ingest_digital.adapters.followers import (
    CommandFollower,
    ContentFollower,
    PolicyFollower,
    StepFollower,
)
from ingest_digital.adapters.key_service import KeyService
from ingest_digital.adapters.leased_keys import LeasedKeys
from ingest_digital.adapters.mail_book import PostgresMailBook
from ingest_digital.adapters.mail_out import MailOut
from ingest_digital.adapters.mail_texts import MailTextReader
from ingest_digital.adapters.no_parking import NoParking
from ingest_digital.adapters.outgoing_book import OutgoingBook
from ingest_digital.adapters.presence import PostgresPresence
from ingest_digital.adapters.publisher import KafkaPublisher
from ingest_digital.adapters.relay import Relay
from ingest_digital.adapters.smtp_server import MailServer
from ingest_digital.adapters.together import Together
from ingest_digital.adapters.tokens import ChatTokens, IdentityTokens
from ingest_digital.adapters.turns import Turns
from ingest_digital.adapters.vault import KeyVault
from ingest_digital.domain.conversations import Conversations
from ingest_digital.handlers.automatic_mail import AutomaticMail
from ingest_digital.handlers.chat import ChatIntake
from ingest_digital.handlers.closing import Closing
from ingest_digital.handlers.leaving import Abandonment, Leaving
from ingest_digital.handlers.mail_content import MailContent
from ingest_digital.handlers.mail_in import MailIntake
from ingest_digital.handlers.memory import ChatMemory
from ingest_digital.settings import Settings

HERE = Path(__file__).parent
# Inside an installed package, else in the checkout.
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parents[1] / "migrations") if folder.is_dir()
)
PRESENCE_TURNS = 10
# Which contact a thread has is asked when its next mail comes.
GATHER_SECONDS = 0.2
LONGEST_PRESENCE_PAUSE = 15.0


class App:
    """The service's parts, those that tests look at by name."""

    def __init__(self, settings: Settings, life: Lifecycle) -> None:
        """Construct everything, in the order in which it starts."""
        self._settings = settings
        self._life = life
        workspace = settings.workspace
        self.database = life.add(Database(settings, "ingest_digital", MIGRATIONS))
        self.producer = life.add(Producer(settings, "ingest-digital"))
        self.vault = self._vault()
        self.publisher = KafkaPublisher(self.producer, workspace, settings.instance_id)
        self.policies = PolicyFollower(workspace)
        self.memory = ChatMemory(
            Conversations(
                conversations=settings.chat_memory_conversations,
                messages=settings.chat_memory_messages,
                messages_each=settings.chat_memory_messages_each,
            )
        )
        self.leaving = Leaving(self.publisher)
        self._follow()
        self._watch_presence()
        self._mail()
        self.chat = self._chat()

    def _vault(self) -> KeyVault:
        settings = self._settings
        channel = self._life.add(GrpcChannel(settings, settings.key_service_address))
        service = KeyService(channel, settings.workspace)
        self.keys = self._life.add(
            LeasedKeys(service.fetch, service.lease, batch=settings.key_batch)
        )
        secret = settings.address_token_secret.get_secret_value()
        return KeyVault(settings.workspace, self.keys, secret)

    def _follow(self) -> None:
        settings = self._settings
        closing = Closing(self.memory, self.vault, self.publisher)
        self.followers = [
            follower.consumer(settings)
            for follower in (
                self.policies,
                ContentFollower(settings.workspace, self.memory),
                StepFollower(settings.workspace, self.memory, self.leaving),
                CommandFollower(settings.workspace, closing),
            )
        ]

    def _watch_presence(self) -> None:
        settings = self._settings
        presence = PostgresPresence(self.database, settings.workspace)
        abandonment = Abandonment(
            self.memory, presence, self.leaving, settings.chat_abandon_seconds
        )

        async def turn() -> None:
            metrics.CONVERSATIONS.set(len(self.memory.conversations))
            metrics.ABANDONED.inc(await abandonment.turn())

        pause = min(settings.chat_abandon_seconds / PRESENCE_TURNS, LONGEST_PRESENCE_PAUSE)
        self._life.add(Turns("presence", turn, pause))
        self._life.add(Turns("old presence", presence.forget_old, 3600.0))

    def _mail(self) -> None:
        """Mail out first, so that nothing comes in that could not be answered."""
        settings, life = self._settings, self._life
        book = PostgresMailBook(self.database, settings.workspace)
        outgoing = OutgoingBook(self.database, settings.workspace, settings.instance_id)
        url = settings.attachment_store_url or f"{settings.data_dir.absolute()}/attachments"
        self.files = SealedFiles(url, settings.workspace, self.vault)
        self.mail_out = MailOut(
            settings,
            book=book,
            outgoing=outgoing,
            vault=self.vault,
            files=self.files,
            relay=Relay(settings),
            publisher=self.publisher,
        )
        life.add(self.mail_out.turns)
        commands = GroupConsumer(
            settings,
            "ingest-digital",
            ["channel-commands.v1"],
            self.mail_out.on_command,
            DeadLetters(self.producer, "ingest-digital"),
        )
        # Others park what they cannot understand of the router's steps; here it only counts.
        steps = GroupConsumer(
            settings,
            "ingest-digital-threads",
            ["routing-events.v1"],
            self.mail_out.on_step,
            NoParking(),
            gather_seconds=GATHER_SECONDS,
        )
        life.add(Together([*self.followers, commands, steps]))
        life.add(Turns("old mails", book.forget_old, 3600.0))
        life.add(Turns("old outgoing mails", outgoing.forget_old, 3600.0))
        self.mail = life.add(self._mail_server(book, outgoing))
        life.on_drain(self.mail.drain)

    def _mail_server(self, book: PostgresMailBook, outgoing: OutgoingBook) -> MailServer:
        settings = self._settings
        thread_key = settings.signing_key("mail")
        texts = self._life.add(MailTextReader())
        content = MailContent(self.vault, self.files, texts, settings.message_limit_bytes)
        automatic = AutomaticMail(
            sent=outgoing,
            content=content,
            publisher=self.publisher,
            vault=self.vault,
            thread_key=thread_key,
        )
        intake = MailIntake(
            settings.workspace,
            book=book,
            content=content,
            automatic=automatic,
            vault=self.vault,
            publisher=self.publisher,
            thread_key=thread_key,
        )
        return MailServer(settings, self.policies, intake)

    def _chat(self) -> ChatServer:
        settings = self._settings
        intake = ChatIntake(
            settings.workspace,
            entry_points=self.policies,
            vault=self.vault,
            publisher=self.publisher,
            memory=self.memory,
            memory_seconds=settings.chat_memory_seconds,
        )
        parts = ChatParts(
            settings=settings,
            intake=intake,
            leaving=self.leaving,
            memory=self.memory,
            vault=self.vault,
            tokens=ChatTokens(
                settings.signing_key("chat"), settings.workspace, settings.chat_token_seconds
            ),
            identities=IdentityTokens(settings.chat_identity_secret.get_secret_value()),
        )
        server = self._life.add(ChatServer(parts, self.followers))
        self._life.on_drain(server.drain)
        return server


def build(settings: Settings, life: Lifecycle) -> None:
    """Put the service together inside the running event loop."""
    App(settings, life)
