"""Two workspaces behind one web site, with one signing secret: a chat of one is none of the other.

The other replica has everything but the workspace in common, the very conversation id too.
"""

from digital_people import PlayedRouter, resume_of
from digital_replica import RunningApp, Start


async def test_a_chat_of_one_workspace_cannot_be_resumed_in_another(
    router: PlayedRouter, app: RunningApp, start: Start
) -> None:
    other = await start(workspace="another")
    same = await start()
    async with app.chat() as chat:
        started = await chat.begin()
        await chat.say("only for the first")
    async with other.chat(**resume_of(started)) as chat:
        error = await chat.begin()
        assert (error["code"], await chat.closed()) == ("bad_token", 4401)
        assert "only for the first" not in str(error)
    async with same.chat(**resume_of(started)) as chat:
        assert (await chat.begin())["type"] == "resumed"
