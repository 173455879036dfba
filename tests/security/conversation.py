"""One chat through the whole system, by TLS."""

import asyncio
import ssl

import grpc

from contact_center_agent import Channels
from local_stack.demo.agent_person import AgentPerson, Habits
from local_stack.demo.chat_customer import ChatCustomer
from local_stack.stack import Stack
from local_stack.tokens import Tokens
from tests.security.fortress import Fortress

REPLY = "Good day"


async def heard_in_a_chat(stack: Stack, servers: Fortress) -> str:
    """What the agent answers, as the customer hears it."""
    desk, chats = stack.address("desk.GRPC_PORT"), stack.address("ingest-digital.CHAT_PORT")
    trusted = grpc.ssl_channel_credentials(servers.authority.read_bytes())
    tokens = Tokens(stack.environment())
    ana = AgentPerson("ana", [desk], Habits(reply=REPLY), tokens, Channels(trusted))
    browser = ssl.create_default_context(cafile=servers.authority)
    url = f"wss://{chats}/v1/chat"
    work = asyncio.create_task(ana.run())
    try:
        await asyncio.wait_for(ana.signed_in.wait(), 60)
        async with ChatCustomer(url, entry_point="web-direct", tls=browser) as chat:
            await chat.start()
            await chat.say("Hello")
            heard = await chat.hear("agent", within=60)
            await chat.leave()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    return str(heard["text"])
