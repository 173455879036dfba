"""Everything that touches the world: SIP, Kafka, files, keys, speech."""
