-- Which chats have a window somewhere. Not on a chat's path: only staying away is judged by it.
CREATE TABLE chat_presence (
    workspace text NOT NULL,
    conversation_id text NOT NULL,
    seen_at timestamptz,
    claimed_at timestamptz,
    PRIMARY KEY (workspace, conversation_id)
);
CREATE INDEX chat_presence_age ON chat_presence (greatest(seen_at, claimed_at));
