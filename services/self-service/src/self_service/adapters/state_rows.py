"""A contact's state as a row: in clear what is not personal, sealed what the customer said."""

import json
from dataclasses import asdict
from typing import Any

from chassis.errors import InvalidMessage
from chassis.sealing import SealedBytes
from self_service.adapters.sealer import Sealer
from self_service.domain.channels import Channel
from self_service.domain.flow import Setting
from self_service.domain.state import Awaiting, Contact, Customer, FlowState, Recognition
from self_service.handlers.errors import KeyGone

PURPOSE = "self_service.flow_states.variables"


def plain_json(state: FlowState) -> str:
    """Return everything but the variables and what has a column of its own."""
    return json.dumps(
        {
            "channel": state.contact.channel,
            "entry_point": state.contact.entry_point,
            "address": state.contact.address,
            "key_id": state.contact.key_id,
            "has_number": state.contact.has_number,
            "step": state.step,
            "tries": state.tries,
            "counter": state.counter,
            "question_id": state.question_id,
            "heard": state.heard,
            "run": state.run,
            "attributes": [asdict(attribute) for attribute in state.attributes],
            "customer": asdict(state.customer),
        }
    )


async def sealed_variables(state: FlowState, sealer: Sealer) -> SealedBytes | None:
    """Return the variables sealed; None when there are none."""
    if not state.variables:
        return None
    contact = state.contact
    text = json.dumps(dict(state.variables))
    return await sealer.seal(contact.workspace, contact.key_id, PURPOSE, text)


async def state_of(row: Any, sealer: Sealer) -> FlowState:
    """Return the state of a row of flow_states; KeyGone when what was said cannot be read."""
    plain = json.loads(row["state"])
    contact = Contact(
        workspace=row["workspace"],
        contact_id=row["contact_id"],
        conversation_id=row["conversation_id"],
        channel=Channel(plain["channel"]),
        entry_point=plain["entry_point"],
        address=plain["address"],
        key_id=plain["key_id"],
        has_number=plain.get("has_number", False),
    )
    customer = plain["customer"]
    return FlowState(
        contact=contact,
        flow_name=row["flow_name"],
        flow_version=row["flow_version"],
        awaiting=Awaiting(row["awaiting"]),
        deadline_at=row["deadline_at"],
        outcome=row["outcome"],
        step=plain["step"],
        tries=plain["tries"],
        counter=plain["counter"],
        question_id=plain["question_id"],
        heard=plain["heard"],
        run=plain.get("run", 0),
        attributes=tuple(Setting(**attribute) for attribute in plain["attributes"]),
        customer=Customer(
            recognition=Recognition(customer["recognition"]),
            tier=customer["tier"],
            contact_count=customer["contact_count"],
        ),
        variables=await _variables(row, contact, sealer),
    )


async def _variables(row: Any, contact: Contact, sealer: Sealer) -> dict[str, str]:
    if row["variables_nonce"] is None:
        return {}
    sealed = SealedBytes(contact.key_id, row["variables_nonce"], row["variables_ciphertext"])
    try:
        opened = await sealer.text(contact.workspace, PURPOSE, sealed)
    except InvalidMessage as error:
        raise KeyGone(str(error)) from error
    variables: dict[str, str] = json.loads(opened)
    return variables
