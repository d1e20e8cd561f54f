"""6 topics: create, describe, extend, delete, recreate, delete records, and each error."""
from ..part import expect_equal, part
from .offsets import fill

EXISTS, UNKNOWN, INVALID_NAME, INVALID_PARTITIONS, INVALID_REPLICATION, INVALID_CONFIG = 36, 3, 17, 37, 38, 40
OUT_OF_RANGE = 1


def create(run, name, partitions=1, replication=1, configs=None):
    run.admin("create_topic", topic=name, partitions=partitions, replication=replication, configs=configs or {})


@part(6, "create", "a topic has the partitions and settings it was created with")
def create_and_describe(run):
    name = run.prefix + "-new"
    create(run, name, 3, configs={"retention.ms": "123456"})
    run.cluster.wait_topic(name, 3)
    if run.client.can("6.describe"):
        expect_equal(sorted(run.admin("describe_topic", topic=name)["partitions"]), [0, 1, 2], "partitions")
    if run.client.can("6.configs"):
        got = run.admin("topic_config", topic=name, name="retention.ms")["value"]
        expect_equal(str(got), "123456", "retention.ms")


@part(6, "describe", "an unknown topic is reported as unknown")
def describe(run):
    name = run.topic(partitions=4)
    expect_equal(sorted(run.admin("describe_topic", topic=name)["partitions"]), [0, 1, 2, 3], "partitions")
    run.refused(UNKNOWN, "describe_topic", topic=run.prefix + "-absent")


@part(6, "configs", "settings of a topic, defaults among them")
def configs(run):
    name = run.topic(cleanup_policy="compact")
    expect_equal(run.admin("topic_config", topic=name, name="cleanup.policy")["value"], "compact", "set value")
    expect_equal(str(run.admin("topic_config", topic=name, name="max.message.bytes")["value"]), "1048588", "default")


@part(6, "errors", "creating: the topic exists, a bad name, too many replicas")
def errors(run):
    name = run.topic()
    row = {"partitions": 1, "replication": 1, "configs": {}}
    run.refused(EXISTS, "create_topic", **dict(row, topic=name))
    run.refused(INVALID_NAME, "create_topic", **dict(row, topic="not/a/name"))
    run.refused(INVALID_REPLICATION, "create_topic", **dict(row, topic=run.prefix + "-r", replication=9))


@part(6, "settings", "creating with an unknown setting or a bad value is refused")
def settings(run):
    row = {"partitions": 1, "replication": 1}
    run.refused(INVALID_CONFIG, "create_topic", **dict(row, topic=run.prefix + "-c", configs={"no.such": "1"}))
    run.refused(INVALID_CONFIG, "create_topic", **dict(row, topic=run.prefix + "-v", configs={"retention.ms": "abc"}))


@part(6, "partitions", "a topic of no partitions is refused")
def no_partitions(run):
    run.refused(INVALID_PARTITIONS, "create_topic", topic=run.prefix + "-p", partitions=0, replication=1, configs={})


@part(6, "extend", "partitions are added; fewer, as many, and an unknown topic are refused")
def extend(run):
    name = run.topic(partitions=2)
    run.admin("add_partitions", topic=name, total=4)
    run.cluster.wait_topic(name, 4)
    run.refused(INVALID_PARTITIONS, "add_partitions", topic=name, total=3)
    run.refused(INVALID_PARTITIONS, "add_partitions", topic=name, total=4)
    run.refused(UNKNOWN, "add_partitions", topic=run.prefix + "-absent", total=3)


@part(6, "delete", "a deleted topic is gone; made again it is empty; an unknown one is refused")
def delete(run):
    name = run.topic()
    fill(run, name, 5)
    run.admin("delete_topic", topic=name)
    run.cluster.wait_gone(name)
    run.refused(UNKNOWN, "delete_topic", topic=name)
    create(run, name)
    run.cluster.wait_topic(name, 1)
    expect_equal(run.cluster.end_offset(name, 0), 0, "end of the new topic")


@part(6, "records", "records below an offset are deleted; beyond the end is refused")
def delete_records(run):
    name = run.topic()
    fill(run, name, 10)
    expect_equal(run.admin("delete_records", topic=name, partition=0, offset=4).get("low_watermark", 4), 4, "start")
    expect_equal(run.cluster.end_offset(name, 0, -2), 4, "log start")
    run.refused(OUT_OF_RANGE, "delete_records", topic=name, partition=0, offset=11)
    expect_equal([r.offset for r in run.reader(name).wait_records(6)], list(range(4, 10)), "what is left")
