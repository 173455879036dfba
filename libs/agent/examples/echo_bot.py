"""A bot that answers chats: takes every offer, repeats what the customer says, wraps up."""

import asyncio
import sys
from pathlib import Path

from contact_center_agent import AgentClient, kind_of, name_of


async def work(desks: list[str], name: str, token_file: Path) -> None:
    """Answer until the process ends; the client keeps the connection up."""
    async with AgentClient(desks, name, token=token_file.read_text) as bot:
        async for event in bot.events():
            match kind_of(event):
                case "snapshot":
                    await bot.choose_presence("available")
                case "offer_shown":
                    await bot.accept(event.offer_shown.offer.offer_id)
                case "contact_changed":
                    changed = event.contact_changed
                    if name_of("ContactState", changed.state) == "WRAP_UP":
                        await bot.complete(changed.contact_id, "solved")
            for said in bot.new_messages(event):
                if name_of("Party", said.author) == "CUSTOMER":
                    await bot.send(said.contact_id, f"You said: {said.text}")


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1].split(","), sys.argv[2], Path(sys.argv[3])))
