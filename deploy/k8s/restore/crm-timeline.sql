-- Forget the timeline, the fold of routing-events.v1 and message-events.v1. Set the consumer group
-- crm-timeline back to the earliest offsets too, while crm is stopped. Keys, customers and their
-- addresses stay: the topics cannot give them back.
TRUNCATE crm.contacts, crm.message_contacts, crm.messages, crm.deliveries, crm.recordings,
    crm.projected_steps, crm.projected_positions;
