"""Between protobuf and the domain; beside the servicers the only importer of the contracts."""
