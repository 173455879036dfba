"""The view as styled text, pane by pane; nothing here touches a terminal."""

from datetime import datetime

from desk.terminal import words
from desk.terminal.cells import Row, Rows, clipped, filled, joined, wrapped
from desk.terminal.view import Contact, Line, Offer, PastContact, Person, View

BAR_CELLS = 12
SIGNS = {"voice": "☎", "video": "☎", "email": "✉", "chat": "✎"}
PRESENCES = {
    "available": "class:good",
    "break": "class:warn",
    "offline": "class:dim",
}
AUTHORS = {
    "customer": "class:customer",
    "agent": "class:agent",
    "flow": "class:flow",
    "system": "class:dim",
}


def header(view: View, width: int, now: datetime) -> Rows:
    """Who, presence, connection."""
    presence = f"{view.presence} ({view.reason})" if view.reason else view.presence
    left: Row = [
        ("class:title", f" {view.agent_id} "),
        ("", "  "),
        (PRESENCES.get(view.presence, "class:dim"), f"● {presence}"),
    ]
    if view.next_presence:
        left.append(("class:dim", f"  then {view.next_presence}"))
    because = view.not_routable_because
    if because and because != view.presence:
        said = words.in_words(words.NOT_ROUTABLE, because)
        left.append(("class:warn", f"  no offers: {said}"))
    if view.is_connected:
        right: Row = [("class:good", "● "), ("class:dim", f"desk {view.address}")]
    else:
        trouble = clipped(view.trouble or "not connected", width // 2)
        right = [("class:bad", f"○ {trouble}")]
    right.append(("class:dim", f"   {now.astimezone():%H:%M:%S} "))
    return [joined(left, right, width)]


def hands(view: View, width: int, clock: float) -> Rows:
    """Offers with their countdown, and the contacts in hand."""
    rows: Rows = []
    for offer in view.offers.values():
        rows += _offer(offer, width, clock)
    rows.append([("class:heading", f" In hand ({len(view.contacts)})")])
    if not view.contacts:
        nothing = "say /available" if view.not_routable_because else "waiting for contacts"
        rows.append([("class:dim", f" {nothing}")])
    for number, contact in enumerate(view.contacts.values(), start=1):
        rows += _contact(number, contact, contact.contact_id == view.selected_id, width, clock)
    return rows


def transcript(view: View, width: int, height: int, scroll: int) -> Rows:
    """What was said with the selected customer, its newest lines at the bottom."""
    contact = view.selected
    if contact is None:
        return _welcome(view, width)
    top = _contact_title(contact, width)
    said: Rows = []
    if contact.is_loaded and not contact.is_complete:
        said.append([("class:warn", " some of the conversation is not here yet: /read")])
    if not contact.is_loaded:
        said.append([("class:dim", " loading the conversation …")])
    for line in contact.lines:
        said += _line(line, contact, width)
    room = max(1, height - len(top))
    end = max(min(room, len(said)), len(said) - scroll)
    shown = said[max(0, end - room) : end]
    if end < len(said):
        shown[-1] = [("class:warn", f" ↓ {len(said) - end} more lines (PageDown)")]
    return top + shown


def customer(view: View, width: int) -> Rows:
    """Who it is, and the last contacts: of the offer if there is one, else of the selected."""
    about: Contact | Offer | None = view.selected
    if about is None or (view.first_offer and view.first_offer.person.is_known and not about):
        about = view.first_offer
    if about is None:
        return [[("class:heading", " Customer")], [("class:dim", " nobody yet")]]
    rows: Rows = [[("class:heading", " Customer")], *_person(about.person, width)]
    rows += [[], [("class:heading", " Last contacts")]]
    if not about.person.last_contacts:
        rows.append([("class:dim", " none")])
    for past in about.person.last_contacts:
        rows += _past(past, width)
    return rows


def notices(view: View, width: int, height: int) -> Rows:
    """The last sentences for the agent."""
    rows: Rows = []
    for notice in list(view.notices)[-height:]:
        style = "class:bad" if notice.is_error else "class:dim"
        text = f" {notice.at.astimezone():%H:%M:%S}  {notice.text}"
        rows.append([(style, clipped(text, width))])
    return rows


def keys(view: View, width: int) -> Rows:
    """What can be done now."""
    contact = view.selected
    can: list[tuple[str, str]] = []
    if view.first_offer is not None:
        can += [("F2", "accept"), ("F3", "reject")]
    if contact is not None:
        if contact.state == "wrap_up":
            can += [("F7", "done")]
        elif contact.state in ("connected", "on_hold"):
            held = contact.state == "on_hold"
            can += [("F5", "resume" if held else "hold"), ("F6", "end"), ("F7", "done")]
        if contact.is_mail:
            can.append(("Alt-Enter", "new line"))
    if len(view.contacts) > 1:
        can.append(("Alt-1…9", "switch"))
    can += [("Tab", "complete"), ("PgUp", "scroll"), ("F1", "help"), ("Ctrl-Q", "leave")]
    for dispensable in ("Tab", "PgUp", "Alt-1…9", "Alt-Enter"):
        if sum(len(key) + len(what) + 5 for key, what in can) > width:
            can = [(key, what) for key, what in can if key != dispensable]
    row: Row = []
    for key, what in can:
        row += [("class:key", f" {key} "), ("class:dim", f" {what}  ")]
    return [filled(row, width)]


def help_lines(commands: dict[str, str], width: int) -> Rows:
    """Every command, with what it does."""
    rows: Rows = [[("class:heading", " Commands; all else is said to the customer")]]
    for name, what in (*commands.items(), ("//…", "text that begins with a slash")):
        first, *more = wrapped(what, width - 14)
        rows.append([("class:key", f"  {name:<11}"), ("", f" {first}")])
        rows += [[("", " " * 14 + rest)] for rest in more]
    rows.append([("class:dim", "  F1 closes this")])
    return rows


def _offer(offer: Offer, width: int, clock: float) -> Rows:
    left = offer.seconds_left(clock)
    share = 1.0 if left is None or not offer.ring_seconds else left / offer.ring_seconds
    full = round(BAR_CELLS * min(1.0, share))
    style = "class:offer" if left is None or left > 5 else "class:bad"
    seconds = "…" if left is None else f"{left:2.0f} s"
    sign = SIGNS.get(offer.channel, "•")
    rows: Rows = [
        filled([("class:offer.title", f" {sign} OFFER: {offer.channel} for {offer.queue}")], width),
        [
            (style, " " + "━" * full),
            ("class:dim", "─" * (BAR_CELLS - full)),
            (style, f" {seconds}"),
        ],
    ]
    who = offer.person.called
    if who:
        rows.append([("", clipped(f" {who} {_tier(offer.person)}", width))])
    rows.append([("class:key", " F2 "), ("", " accept "), ("class:key", " F3 "), ("", " reject")])
    rows.append([])
    return rows


def _contact(number: int, contact: Contact, is_selected: bool, width: int, clock: float) -> Rows:
    style = "class:selected" if is_selected else ""
    sign = SIGNS.get(contact.channel, "•")
    name: Row = [(style, f" {number} {sign} "), (style, contact.title)]
    unread: Row = [("class:unread", f" {contact.unread} new ")] if contact.unread else []
    state = words.in_words(words.STATES, contact.state)
    consult = words.CONSULTS.get(contact.consult, "")
    second = f"     {state} {_for_how_long(contact, clock)}{consult}"
    below = "class:warn" if contact.state in ("wrap_up", "on_hold", "connecting") else "class:dim"
    return [filled(joined(name, unread, width), width, style), [(below, clipped(second, width))]]


def _for_how_long(contact: Contact, clock: float) -> str:
    if contact.until is not None:
        left = max(0, int(contact.until - clock))
        return f"{left // 60}:{left % 60:02d} left"
    past = max(0, int(clock - contact.since))
    return f"{past // 60}:{past % 60:02d}"


def _contact_title(contact: Contact, width: int) -> Rows:
    state = words.in_words(words.STATES, contact.state)
    rows: Rows = [
        [("class:heading", clipped(f" {contact.title} · {contact.queue} · {state}", width))]
    ]
    if contact.is_call:
        said = {
            "connecting": "☎ your phone rings now: pick it up",
            "connected": "☎ you speak on your phone; hang up there or with F6",
            "on_hold": "☎ the customer hears music",
        }.get(contact.state)
        if said:
            rows.append([("class:warn", clipped(f" {said}", width))])
    if contact.is_mail and contact.state in ("connected", "on_hold"):
        rows.append([("class:dim", clipped(f" subject: {contact.reply_subject() or '–'}", width))])
    rows.append([("class:dim", "─" * width)])
    return rows


def _line(line: Line, contact: Contact, width: int) -> Rows:
    author = {
        "customer": contact.person.called or "customer",
        "agent": line.author_id or "agent",
        "flow": line.author_id or "flow",
    }.get(line.author, line.author)
    at = f"{line.said_at.astimezone():%H:%M}" if line.said_at else "     "
    tail = f"  ({line.delivery})" if line.delivery else ""
    rows: Rows = [
        [
            ("class:dim", f" {at} "),
            (AUTHORS.get(line.author, ""), clipped(author, width - 8)),
            ("class:bad" if line.delivery == "NOT SENT" else "class:dim", tail),
        ]
    ]
    if line.subject:
        rows.append([("class:heading", clipped(f"       {line.subject}", width))])
    text = line.text if line.is_readable else "(cannot be read: its key is gone or out of reach)"
    style = "" if line.is_readable else "class:dim"
    rows += [[(style, f"       {part}")] for part in wrapped(text, width - 8)]
    rows += [[("class:dim", clipped(f"       ⎙ {name}", width))] for name in line.attachments]
    return rows


def _person(person: Person, width: int) -> Rows:
    if person.is_late:
        return [[("class:warn", " the record is late …")]]
    if not person.is_known:
        return [[("class:dim", " not recognised yet")]]
    rows: Rows = [[("class:customer", clipped(f" {person.name or 'no name yet'}", width))]]
    if person.tier:
        rows.append([("", clipped(f" {_tier(person)}", width))])
    for kind, address, is_verified in person.identities:
        rows.append([("", clipped(f" {kind} {address}{' ✓' if is_verified else ''}", width))])
    count = person.contact_count
    rows.append([("class:dim", f" {count} contact{'' if count == 1 else 's'} so far")])
    return rows


def _past(past: PastContact, width: int) -> Rows:
    at = f"{past.arrived_at.astimezone():%d %b %H:%M}" if past.arrived_at else ""
    sign = SIGNS.get(past.channel, "•")
    rows: Rows = [[("", clipped(f" {sign} {at}  {past.how}", width))]]
    rows += [[("class:dim", f"   {part}")] for part in wrapped(past.note, width - 4)[:2]]
    return rows


def _tier(person: Person) -> str:
    return f"[{person.tier}]" if person.tier else ""


def _welcome(view: View, width: int) -> Rows:
    lines = {
        "": ["You are available: contacts will be offered here.", "Take one with F2."],
        "break": ["You are on a break.", "Type /available when you are back."],
        "offline": ["You are offline.", "Type /available to be offered contacts."],
        "not_responding": ["You missed an offer.", "Type /available when you are back."],
    }.get(view.not_routable_because, ["No contacts are offered to you just now."])
    if not view.is_connected:
        lines = ["There is no connection: contacts come when it is back."]
    return [
        [],
        *[[("class:dim", f"  {row}")] for line in lines for row in wrapped(line, width - 4)],
    ]
