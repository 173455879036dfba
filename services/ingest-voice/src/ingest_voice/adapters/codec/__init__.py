"""Between the contracts and our own words; nothing else here knows protobuf."""
