"""Kafka's properties under which conversations run, on Apache Kafka and on ours alike."""

FIRST_NODE = 1


def default_settings(nodes):
    copies = str(min(nodes, 3))
    settings = {
        "log.retention.check.interval.ms": "3600000",  # the records of conversations have the timestamp 1000
        "group.initial.rebalance.delay.ms": "0",  # otherwise each first join takes three seconds
        "offsets.topic.num.partitions": "1" if nodes == 1 else "6",
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": "1",
    }
    if nodes > 1:
        settings["replica.selector.class"] = "org.apache.kafka.common.replica.RackAwareReplicaSelector"
    return settings


def rack_of(node):
    return f"rack{node}"
