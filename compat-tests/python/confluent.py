"""confluent-kafka (librdkafka inside its wheel)."""

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

import agent

OFFSETS = {"beginning": OFFSET_BEGINNING, "end": OFFSET_END}
PARTITIONERS = {"murmur2": "murmur2_random", "crc32": "consistent_random"}
ASSIGNORS = {"cooperative": "cooperative-sticky"}
SECONDS = 20


def code_of(error):
    """Kafka's codes are librdkafka's positive ones."""
    inner = error.args[0] if isinstance(error, KafkaException) else None
    return inner.code() if inner is not None and inner.code() > 0 else None


def common(options, **more):
    config = {"bootstrap.servers": options["bootstrap"], "client.id": options["client_id"],
              "metadata.max.age.ms": options.get("metadata_max_age_ms", 300000), "log_level": 4,
              "reconnect.backoff.max.ms": 500, "broker.address.family": "v4"}
    names = {"session_timeout_ms": "session.timeout.ms", "heartbeat_ms": "heartbeat.interval.ms",
             "fetch_max_wait_ms": "fetch.wait.max.ms", "fetch_min_bytes": "fetch.min.bytes",
             "partition_max_bytes": "max.partition.fetch.bytes", "instance_id": "group.instance.id",
             "acks": "acks", "compression": "compression.type", "linger_ms": "linger.ms",
             "idempotent": "enable.idempotence",
             "max_in_flight": "max.in.flight.requests.per.connection", "delivery_timeout_ms": "delivery.timeout.ms"}
    config.update({names[k]: v for k, v in options.items() if k in names})
    config.update(more)
    return config


class ConfluentProducer:
    def __init__(self, options, _code_of):
        kind = PARTITIONERS.get(options.get("partitioner"), "consistent_random")
        self.client = Producer(common(options, partitioner=kind, **{"message.max.bytes": 10_000_000}))

    def send(self, rows):
        results = [None] * len(rows)

        def done(i, error, message):
            if error:
                results[i] = {"code": error.code() if error.code() > 0 else None, "message": str(error)}
            else:
                results[i] = {"partition": message.partition(), "offset": message.offset()}
        for i, row in enumerate(rows):
            more = {} if row["partition"] is None else {"partition": row["partition"]}
            if row["timestamp"] is not None:
                more["timestamp"] = row["timestamp"]
            self.client.produce(row["topic"], agent.payload(row), agent.decode(row["key"]), headers=agent.headers(row),
                                on_delivery=lambda e, m, i=i: done(i, e, m), **more)
        self.client.flush()
        return results

    def close(self):
        self.client.flush(5)


class ConfluentConsumer(agent.ConsumerBase):
    def start(self, options):
        limit = options.get("fetch_max_bytes", 52428800)
        config = common(options, **{
            "group.id": options["group"] or "none", "enable.auto.commit": False,
            "auto.offset.reset": {"none": "error"}.get(options["reset"], options["reset"]),
            "fetch.max.bytes": limit, "message.max.bytes": min(limit, 1000000), "fetch.queue.backoff.ms": 10,
            "partition.assignment.strategy": ASSIGNORS.get(options.get("assignor"), "range")})
        self.client = Consumer(config)
        if options["assign"]:
            self.client.assign([TopicPartition(a["topic"], a["partition"], OFFSETS.get(a["offset"], a["offset"]))
                                for a in options["assign"]])
        else:
            def pairs(ps):
                return [(p.topic, p.partition) for p in ps]
            self.client.subscribe(options["topics"], on_assign=lambda _, ps: self.assigned(pairs(ps)),
                                  on_revoke=lambda _, ps: self.revoked(pairs(ps)),
                                  on_lost=lambda _, ps: self.revoked(pairs(ps)))

    def poll(self):
        for m in self.client.consume(500, 0.05):
            if m.error():
                self.failed(m.error().code() if m.error().code() > 0 else None, m.error())
                continue
            self.took(agent.record(m.topic(), m.partition(), m.offset(), m.key(), m.value(), m.headers(),
                                   m.timestamp()[1]))

    def commit(self, offsets):
        rows = [TopicPartition(o["topic"], o["partition"], o["offset"], o["metadata"] or "") for o in offsets]
        for p in self.client.commit(offsets=rows, asynchronous=False):
            if p.error:
                raise KafkaException(p.error)

    def pause(self, partitions):
        self.client.pause([TopicPartition(p["topic"], p["partition"]) for p in partitions])

    def resume(self, partitions):
        self.client.resume([TopicPartition(p["topic"], p["partition"]) for p in partitions])

    def stop(self, leave):
        self.client.close()


class ConfluentAdmin:
    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.client = AdminClient({"bootstrap.servers": bootstrap, "broker.address.family": "v4"})

    def _all(self, futures):
        return [f.result(SECONDS) for f in futures.values()]

    def create_topic(self, topic, partitions, replication, configs):
        self._all(self.client.create_topics([NewTopic(topic, partitions, replication, config=configs)]))

    def delete_topic(self, topic):
        self._all(self.client.delete_topics([topic]))

    def add_partitions(self, topic, total):
        self._all(self.client.create_partitions([NewPartitions(topic, total)]))

    def describe_topic(self, topic):
        found = self.client.list_topics(topic, SECONDS).topics[topic]
        if found.error:
            raise KafkaException(found.error)
        return {"partitions": list(found.partitions)}

    def topic_config(self, topic, name):
        return {"value": self._all(self.client.describe_configs([ConfigResource("topic", topic)]))[0][name].value}

    def delete_records(self, topic, partition, offset):
        done = self._all(self.client.delete_records([TopicPartition(topic, partition, offset)]))[0]
        return {"low_watermark": done.low_watermark}

    def _consumer(self, group="none"):
        return Consumer({"bootstrap.servers": self.bootstrap, "group.id": group, "broker.address.family": "v4"})

    def offset(self, topic, partition, at):
        consumer = self._consumer()
        try:
            if at in OFFSETS:
                low_and_high = consumer.get_watermark_offsets(TopicPartition(topic, partition), SECONDS)
                return {"offset": low_and_high[at == "end"]}
            return {"offset": consumer.offsets_for_times([TopicPartition(topic, partition, at)], SECONDS)[0].offset}
        finally:
            consumer.close()

    def committed(self, group, topic, partition):
        consumer = self._consumer(group)
        try:
            found = consumer.committed([TopicPartition(topic, partition)], SECONDS)[0]
        finally:
            consumer.close()
        return {"offset": found.offset if found.offset >= 0 else None, "metadata": found.metadata}

    def close(self):
        pass


if __name__ == "__main__":
    agent.main(ConfluentProducer, ConfluentConsumer, ConfluentAdmin, code_of)
