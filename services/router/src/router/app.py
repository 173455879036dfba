"""Where everything is constructed."""

import logging

from aiokafka.partitioner import DefaultPartitioner
from faust.auth import Credentials, SASLCredentials, SSLCredentials
from faust.types.auth import AuthProtocol

from chassis.kafka import Producer, tls_context
from chassis.rpc import AuditTrail, GrpcServer
from chassis.run import Lifecycle
from router.adapters.codec import decode
from router.adapters.explaining.asking import Workers
from router.adapters.faust_parts import NoTables, RouterApp
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, Outbox
from router.adapters.recovery import Recovery
from router.adapters.saving import Saver
from router.adapters.servicer import AuditEvent, RoutingServicer
from router.adapters.snapshots import SnapshotStore
from router.adapters.stream import RouterStream
from router.adapters.ticking import Ticker
from router.adapters.watching import Watch
from router.handlers.partition import Partition
from router.settings import SERVICE, RouterSettings

HEARTBEAT_SECONDS = 1.0
REQUEST_SECONDS = 30.0
MOST_AT_ONCE = 500
MOST_QUEUED = 8
"""How many times so many records may wait; each is what was fetched at once."""
MOST_IN_BATCH = 524_288
"""One batch for each partition is under way at a time; a small one waits for every answer."""

log = logging.getLogger(__name__)


def build(settings: RouterSettings, life: Lifecycle) -> None:
    """Construct the router and add it to the lifecycle."""
    log.info("router starts")
    app = faust_app(settings)
    reader = LogReader(settings)
    outbox = Outbox(settings, app.send_raw, app.append_raw)
    store = SnapshotStore(
        settings.snapshots_at, settings.snapshots_kept, settings.snapshots_kept_older
    )
    choose = DefaultPartitioner()

    def make(number: int) -> Partition:
        everything = list(range(reader.partitions[INPUT]))
        return Partition(number, decode, lambda key: choose(key, everything, everything) == number)

    life.add(
        RouterStream(
            settings,
            app,
            reader,
            outbox,
            Recovery(reader, store, outbox),
            Ticker(outbox),
            Saver(settings, store, outbox),
            Watch(reader, settings.stall_seconds),
            make,
        )
    )
    servicer = RoutingServicer(Workers(), settings.grpc_default_deadline_seconds)
    source = f"{SERVICE}/{settings.instance_id}"
    producer = life.add(Producer(settings, SERVICE))
    life.admin.trail = trail = AuditTrail(producer, "audit-events.v1", AuditEvent, source)
    life.add(GrpcServer(settings, [servicer.served], life.health, trail=trail))


def _credentials(settings: RouterSettings) -> Credentials | None:
    """Who the router is at the broker, in Faust's words."""
    protocol = settings.kafka_security_protocol
    if protocol == "PLAINTEXT":
        return None
    context = tls_context(settings) if protocol.endswith("SSL") else None
    if protocol.startswith("SASL"):
        return SASLCredentials(
            username=settings.kafka_sasl_username,
            password=settings.kafka_sasl_password.get_secret_value(),
            mechanism=settings.kafka_sasl_mechanism,
            ssl_context=context,
        )
    credentials = SSLCredentials(context)
    # Faust leaves it out, and then speaks in clear.
    credentials.protocol = AuthProtocol.SSL
    return credentials


def faust_app(settings: RouterSettings) -> RouterApp:
    """Construct the Faust app: state in memory, no web server, no topics of its own."""
    brokers = settings.kafka_bootstrap_servers.split(",")
    data_dir = settings.data_dir / "faust"
    return RouterApp(
        settings.topic(SERVICE),
        broker=[f"kafka://{broker.strip()}" for broker in brokers],
        broker_credentials=_credentials(settings),
        broker_client_id=f"{SERVICE}-{settings.instance_id}",
        broker_session_timeout=settings.kafka_session_timeout_seconds,
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_request_timeout=max(REQUEST_SECONDS, settings.kafka_session_timeout_seconds),
        broker_commit_interval=settings.commit_interval_seconds,
        broker_max_poll_records=MOST_AT_ONCE,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=(
            settings.instance_id if settings.kafka_static_membership else None
        ),
        consumer_max_fetch_size=4 * settings.kafka_max_record_bytes,
        producer_acks=-1,
        producer_max_batch_size=MOST_IN_BATCH,
        producer_max_request_size=settings.kafka_max_record_bytes,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        TableManager=NoTables,
        datadir=str(data_dir),
        stream_buffer_maxsize=MOST_QUEUED,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        loghandlers=[],
    )
