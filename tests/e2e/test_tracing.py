"""One trace from the customer's request to the agent's offer, through every topic."""

from tests.e2e.world import World


async def test_the_trace_of_a_chat_goes_through_every_topic_to_the_offer(world: World):
    await world.agent("ana", talk=0.1)
    async with world.chat() as chat:
        await chat.start()
        await chat.state("ended")
    wanted = {"contact_arrived", "queue_requested", "offer_made"}
    traces = await world.traces(chat.contact_id)

    assert wanted <= set(traces)
    assert all(traces[kind] for kind in wanted), traces
    assert len({traces[kind] for kind in wanted}) == 1, traces
