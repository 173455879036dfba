"""The customers of the demo: each lives through one visit and is counted."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from local_stack.demo.chat_customer import ChatCustomer, ChatRefused
from local_stack.demo.identity import identity_token
from local_stack.demo.mail_customer import send_mail
from local_stack.demo.plan import Arrival, Kind
from local_stack.phone.process import phone

# The one who calls first and writes in the chat later.
KNOWN_NUMBER = "+4930555010"
PATIENCE_SECONDS = 90.0
CHOICES = {"1": "billing", "2": "sales", "3": "support"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where customers come in."""

    chat_url: str
    smtp_host: str
    smtp_port: int
    sip: str  # host:port
    number: str  # the number to call
    mailbox: str
    widget_secret: str


@dataclass(slots=True)
class Customers:
    """Plays arrivals; `accepted` holds the contacts that were promised, `failures` what broke."""

    doors: Doors
    accepted: list[str] = field(default_factory=list)
    came: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    async def play(self, arrival: Arrival) -> None:
        """Live through one visit. What goes wrong is kept in `failures`, and the rest goes on."""
        self.came[_channel(arrival.kind)] += 1
        try:
            await self._visit(arrival)
        except (ChatRefused, TimeoutError, AssertionError, OSError) as error:
            self.failures.append(f"{arrival.kind} {arrival.number}: {type(error).__name__} {error}")

    def _visit(self, arrival: Arrival) -> Awaitable[None]:
        visits: dict[Kind, Callable[[Arrival], Awaitable[None]]] = {
            Kind.CHAT: self._chat,
            Kind.CHAT_KNOWN: self._chat,
            Kind.MAIL: self._mail,
        }
        return visits.get(arrival.kind, self._call)(arrival)

    async def _chat(self, arrival: Arrival) -> None:
        token = None
        if arrival.kind is Kind.CHAT_KNOWN:
            token = identity_token(self.doors.widget_secret, phone=KNOWN_NUMBER)
        chat = ChatCustomer(
            self.doors.chat_url,
            entry_point="web" if arrival.choice else "web-direct",
            visitor_id=f"visitor-{arrival.number}",
            identity_token=token,
        )
        async with chat:
            await chat.start()
            self.accepted.append(chat.contact_id)
            if arrival.choice:
                await chat.hear("flow")
                await chat.say(CHOICES[arrival.choice])
            await chat.hear("agent", within=PATIENCE_SECONDS)
            self.answered["chat"] += 1
            await chat.say("Thank you, that is all.")
            await chat.state("ended", within=PATIENCE_SECONDS)

    async def _mail(self, arrival: Arrival) -> None:
        await send_mail(
            self.doors.smtp_host,
            self.doors.smtp_port,
            sender=f"customer{arrival.number}@example.org",
            recipient=self.doors.mailbox,
            subject=f"A question about order {1000 + arrival.number}",
            text="Hello,\n\nplease tell me when it will be delivered.\n\nKind regards",
            attachment=("order.txt", b"order") if arrival.number % 5 == 0 else None,
        )
        self.answered["mail accepted"] += 1

    async def _call(self, arrival: Arrival) -> None:
        number = f"+49305550{arrival.number:02d}"
        if arrival.kind is Kind.CALL_OF_THE_CHATTER:
            number = KNOWN_NUMBER
        leaves_after = {Kind.CALL_LEFT_IN_MENU: "1.0", Kind.CALL_LEFT_IN_QUEUE: "3.5"}
        options = ["--user", number, "--tone", "440"]
        if arrival.choice:
            options += ["--digits", f"1.5:{arrival.choice}"]
        if arrival.kind in leaves_after:
            options += ["--hangup-after", leaves_after[arrival.kind]]
        async with phone("call", f"sip:{self.doors.number}@{self.doors.sip}", *options) as caller:
            await caller.event("answered")
            self.answered["call answered"] += 1
            await caller.ended(within=PATIENCE_SECONDS)


def _channel(kind: Kind) -> str:
    if kind is Kind.MAIL:
        return "email"
    return "chat" if kind in (Kind.CHAT, Kind.CHAT_KNOWN) else "voice"
