"""kafka-python."""
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import BrokerResponseError
from kafka.structs import OffsetAndMetadata

import agent

ASSIGNORS = {"cooperative": CooperativeStickyAssignor}
CODECS = {"none": None}


def code_of(error):
    return error.errno if isinstance(error, BrokerResponseError) and error.errno > 0 else None


def taken(options, names):
    return {names[k]: v for k, v in options.items() if k in names}


def partition_of(row):
    return TopicPartition(row["topic"], row["partition"])


class PythonProducer:
    NAMES = {"acks": "acks", "linger_ms": "linger_ms", "idempotent": "enable_idempotence",
             "max_in_flight": "max_in_flight_requests_per_connection", "metadata_max_age_ms": "metadata_max_age_ms",
             "delivery_timeout_ms": "delivery_timeout_ms"}

    def __init__(self, options, _code_of):
        codec = options.get("compression")
        self.client = KafkaProducer(bootstrap_servers=options["bootstrap"], client_id=options["client_id"],
                                    compression_type=CODECS.get(codec, codec), max_request_size=10_000_000,
                                    max_block_ms=15000, **taken(options, self.NAMES))

    def send(self, rows):
        futures = []
        for row in rows:
            try:
                futures.append(self.client.send(row["topic"], agent.payload(row), agent.decode(row["key"]),
                                                agent.headers(row), row["partition"], row["timestamp"]))
            except Exception as error:  # refused before it was sent
                futures.append(error)
        self.client.flush()
        return [self.result(f) for f in futures]

    @staticmethod
    def result(future):
        try:
            if isinstance(future, Exception):
                raise future
            done = future.get(60)
            return {"partition": done.partition, "offset": done.offset}
        except Exception as error:
            return {"code": code_of(error), "message": f"{type(error).__name__}: {error}"}

    def close(self):
        self.client.close(5)


class PythonConsumer(agent.ConsumerBase, ConsumerRebalanceListener):
    NAMES = {"heartbeat_ms": "heartbeat_interval_ms", "session_timeout_ms": "session_timeout_ms",
             "fetch_max_wait_ms": "fetch_max_wait_ms", "fetch_min_bytes": "fetch_min_bytes",
             "fetch_max_bytes": "fetch_max_bytes", "partition_max_bytes": "max_partition_fetch_bytes",
             "instance_id": "group_instance_id", "metadata_max_age_ms": "metadata_max_age_ms"}

    def start(self, options):
        assignor = ASSIGNORS.get(options.get("assignor"), RangePartitionAssignor)
        self.client = KafkaConsumer(bootstrap_servers=options["bootstrap"], client_id=options["client_id"],
                                    group_id=options["group"], auto_offset_reset=options["reset"],
                                    enable_auto_commit=False, partition_assignment_strategy=[assignor],
                                    **taken(options, self.NAMES))
        if options["topics"]:
            self.client.subscribe(options["topics"], listener=self)
            return
        self.client.assign([partition_of(a) for a in options["assign"]])
        for a in options["assign"]:
            if a["offset"] in ("beginning", "end"):
                getattr(self.client, "seek_to_" + a["offset"])(partition_of(a))
            else:
                self.client.seek(partition_of(a), a["offset"])

    def on_partitions_assigned(self, assigned):
        self.assigned((p.topic, p.partition) for p in assigned)

    def on_partitions_revoked(self, revoked):
        self.revoked([(p.topic, p.partition) for p in revoked])

    def on_partitions_lost(self, lost):
        self.on_partitions_revoked(lost)

    def poll(self):
        # Until partitions are there, one poll has the time to join: a leader whose poll ends between JoinGroup and
        # SyncGroup, after it learned of the topic's partitions, never takes up its assignment (3.0.12).
        for rows in self.client.poll(50 if self.client.assignment() else 1000).values():
            for r in rows:
                self.took(agent.record(r.topic, r.partition, r.offset, r.key, r.value, r.headers, r.timestamp))

    def commit(self, offsets):
        self.client.commit({partition_of(o): OffsetAndMetadata(o["offset"], o["metadata"] or "", -1) for o in offsets},
                           timeout_ms=self.options.get("api_timeout_ms"))

    def pause(self, partitions):
        self.client.pause(*[partition_of(p) for p in partitions])

    def resume(self, partitions):
        self.client.resume(*[partition_of(p) for p in partitions])

    def stop(self, leave):
        self.client.close(autocommit=False)


class PythonAdmin:
    def __init__(self, bootstrap):
        self.bootstrap, self.admin = bootstrap, None

    @property
    def client(self):
        if self.admin is None:
            self.admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        return self.admin

    def create_topic(self, topic, partitions, replication, configs):
        self.client.create_topics([NewTopic(topic, partitions, replication, topic_configs=configs)])

    def delete_topic(self, topic):
        self.client.delete_topics([topic])

    def add_partitions(self, topic, total):
        self.client.create_partitions({topic: NewPartitions(total)})

    def describe_topic(self, topic):
        found = self.client.describe_topics([topic])[0]
        if found["error_code"]:
            raise agent.Failure(found["error_code"], "describe")
        return {"partitions": [p["partition_index"] for p in found["partitions"]]}

    def topic_config(self, topic, name):
        found = self.client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
        return {"value": config_value(found, topic, name)}

    def delete_records(self, topic, partition, offset):
        self.client.delete_records({TopicPartition(topic, partition): offset})

    def offset(self, topic, partition, at):
        where = TopicPartition(topic, partition)
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap)
        try:
            if at in ("beginning", "end"):
                return {"offset": getattr(consumer, at + "_offsets")([where])[where]}
            found = consumer.offsets_for_times({where: at})[where]
            return {"offset": -1 if found is None else found.offset}
        finally:
            consumer.close()

    def committed(self, group, topic, partition):
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=group)
        try:
            found = consumer.committed(TopicPartition(topic, partition), metadata=True)
            return {"offset": found and found.offset, "metadata": found and found.metadata}
        finally:
            consumer.close(autocommit=False)

    def close(self):
        if self.admin is not None:
            self.admin.close()


def config_value(found, topic, name):
    """The value of one setting in what describe_configs gives: {type: {topic: {name: {"value": ...}}}}."""
    for resources in found.values():
        if topic in resources:
            entry = resources[topic][name]
            return entry["value"] if isinstance(entry, dict) else entry
    raise agent.Failure(None, f"no settings of {topic} in {found}")


if __name__ == "__main__":
    agent.main(PythonProducer, PythonConsumer, PythonAdmin, code_of)
