"""The results of commands by short names."""

from contact_center.v1 import agent_service_pb2 as work

OK = work.RESULT_CODE_OK
REJECTED = work.RESULT_CODE_REJECTED
INVALID = work.RESULT_CODE_INVALID
