#!/bin/sh
# Generated from proto/topics.yaml by deploy/k8s/kafka_resources.py.
set -eu
make() {
  name=$1 partitions=$2; shift 2
  /opt/kafka/bin/kafka-topics.sh --create --if-not-exists --topic "$name" \
    --bootstrap-server "$KAFKA_BOOTSTRAP_SERVERS" \
    --partitions "$partitions" --replication-factor 1 "$@"
}
make contact-events.v1 4 --config message.timestamp.type=LogAppendTime --config retention.ms=604800000
make routing-events.v1 4 --config message.timestamp.type=CreateTime --config retention.ms=604800000
make message-events.v1 4 --config message.timestamp.type=CreateTime --config retention.ms=604800000
make channel-commands.v1 4 --config message.timestamp.type=CreateTime --config retention.ms=86400000
make workspace-policies.v1 4 --config message.timestamp.type=CreateTime --config cleanup.policy=compact
make audit-events.v1 4 --config message.timestamp.type=LogAppendTime --config retention.ms=604800000
make audit-log.v1 4 --config message.timestamp.type=LogAppendTime --config retention.ms=34560000000
make contact-events.v1.dlq.self-service 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make contact-events.v1.dlq.crm 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make contact-events.v1.dlq.router 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make routing-events.v1.dlq.crm 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make routing-events.v1.dlq.analytics 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make routing-events.v1.dlq.self-service 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make message-events.v1.dlq.crm 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make message-events.v1.dlq.self-service 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make channel-commands.v1.dlq.ingest-digital 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
make audit-events.v1.dlq.crm 1 --config message.timestamp.type=CreateTime --config retention.ms=1209600000
