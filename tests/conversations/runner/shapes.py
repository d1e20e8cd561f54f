"""Where the short forms `topic/0{...}` and `name{...}` point to in a message; fields that go without saying."""

from .model import within

CONTAINERS = ("topics", "topic_data", "responses", "results", "groups", "coordinators", "resources", "members",
              "configs", "finalized_features", "supported_features")
KEYS = ("name", "topic", "topic_name", "group_id", "key", "resource_name", "member_id", "user")
INDEXES = ("partition_index", "partition", "index")
PARTITIONS = ("partitions", "partition_data", "partition_responses", "partition_indexes")
# What `t/0=value` sets: the first of these that the partition has.
VALUES = ("records", "fetch_offset", "timestamp", "committed_offset", "offset", "leader_epoch")

# Sent unless a conversation says otherwise, where the protocol's own default would make every file longer.
USUAL = {
    "Produce": {"acks": -1, "timeout_ms": 10000},
    "Fetch": {"max_wait_ms": 0, "min_bytes": 1, "max_bytes": 1048576, "partition_max_bytes": 1048576},
    "ListOffsets": {"replica_id": -1, "max_num_offsets": 1},
    "OffsetForLeaderEpoch": {"replica_id": -1},
    "JoinGroup": {"session_timeout_ms": 10000, "rebalance_timeout_ms": 10000, "protocol_type": "consumer"},
    "CreateTopics": {"timeout_ms": 10000, "num_partitions": 1, "replication_factor": 1},
    "DeleteTopics": {"timeout_ms": 10000},
    "CreatePartitions": {"timeout_ms": 10000, "assignments": None},
    "DeleteRecords": {"timeout_ms": 10000},
    "OffsetCommit": {"generation_id_or_member_epoch": -1},
    "InitProducerId": {"transactional_id": None, "transaction_timeout_ms": 60000},
    "ApiVersions": {"client_software_name": "talk", "client_software_version": "1.0"},
    "Metadata": {"allow_auto_topic_creation": False},
}


def field_of(fields, name, version):
    for f in fields:
        if f.name == name and within(f.versions, version):
            return f
    return None


def first_of(fields, names, version):
    for name in names:
        found = field_of(fields, name, version)
        if found:
            return found
    return None


def container_of(fields, version):
    return first_of(fields, CONTAINERS, version)


def key_of(fields, version):
    """The field that names an element; the topic id where the version has no name."""
    return first_of(fields, KEYS + ("topic_id",), version)


# The same, for answers: no schema at hand, the dict itself is looked at.
def find_element(answer, key, same):
    """The element that `key` names, looked for in the containers of the answer; same(key, element) compares."""
    for name in CONTAINERS:
        for element in answer.get(name) or []:
            if isinstance(element, dict) and same(key, element):
                return element
    return None


def find_partition(element, index):
    for name in PARTITIONS:
        for partition in element.get(name) or []:
            if isinstance(partition, dict) and any(partition.get(k) == index for k in INDEXES):
                return partition
    return None
