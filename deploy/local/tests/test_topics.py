"""Topics are made as the register says, once."""

from dataclasses import replace

import pytest

from local_stack.errors import StackError
from local_stack.topics import create_topics, registered_topics


def test_a_topic_with_another_partition_count_is_refused(
    kafka_bootstrap_servers: str, topic_prefix: str
) -> None:
    topic = registered_topics()[0]
    create_topics(kafka_bootstrap_servers, [topic], topic_prefix)
    other = replace(topic, partitions=topic.partitions + 1)

    with pytest.raises(StackError, match=f"{topic.partitions} partitions, the register says"):
        create_topics(kafka_bootstrap_servers, [other], topic_prefix)
