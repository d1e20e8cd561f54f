"""Apache Kafka's own command-line tools against the broker. Each check is one function, registered with its name."""
import json
import pathlib
import re
import subprocess
import time
import traceback

from .part import Failed, expect, expect_equal, shorten
from .wire import Cluster

CHECKS = []
ADMIN = "org.apache.kafka.tools."
BASE = int(time.time() - 3600) * 1000  # recent enough for retention
LOGGING = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]


def check(name):
    def register(function):
        CHECKS.append((name, function))
        return function
    return register


class Tools:
    """Runs tools by their class name; a tool that hangs is a failure."""

    def __init__(self, libs, broker, folder):
        self.libs, self.broker, self.folder = libs, broker, pathlib.Path(folder)
        self.cluster = Cluster(broker.bootstrap)

    def run(self, tool, *words, data=None, status=0, seconds=60, server="--bootstrap-server"):
        name = tool if tool.startswith("kafka.") else ADMIN + tool
        java = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *LOGGING, "-cp", f"{self.libs}/*",
                name]
        address = [server, self.broker.bootstrap] if server else []
        done = subprocess.run([*java, *address, *map(str, words)], input=data, capture_output=True, text=True,
                              timeout=seconds)
        text = done.stdout + done.stderr
        expect(status is None or done.returncode == status,
               f"{tool} {' '.join(map(str, words))} ended with {done.returncode}: {text.strip()[-600:]}")
        return text

    def fill(self, topic, count, partitions=1):
        self.cluster.create_topic(topic, partitions)
        for partition in range(partitions):
            self.cluster.produce(topic, partition, [(BASE + 1000 * i, b"k%d" % i, b"v%d" % i) for i in range(count)])


def contains(text, *wanted):
    for one in wanted:
        expect(re.search(one, text), f"{one!r} is not in: {shorten(text)}")


@check("kafka-topics: create, list, describe, alter, delete, refusals")
def topics(t):
    t.run("TopicCommand", "--create", "--topic", "tt", "--partitions", 3, "--config", "retention.ms=123456")
    contains(t.run("TopicCommand", "--list"), r"(?m)^tt$")
    contains(t.run("TopicCommand", "--describe", "--topic", "tt"), r"PartitionCount: 3", r"retention.ms=123456",
             r"Partition: 2\s+Leader: \d+\s+Replicas: \d+\s+Isr: \d+")
    contains(t.run("TopicCommand", "--create", "--topic", "tt", status=1), "already exists")
    t.run("TopicCommand", "--create", "--topic", "tt", "--if-not-exists")
    t.run("TopicCommand", "--alter", "--topic", "tt", "--partitions", 5)
    contains(t.run("TopicCommand", "--alter", "--topic", "tt", "--partitions", 2, status=1),
             "InvalidPartitions|fewer|currently has")
    contains(t.run("TopicCommand", "--describe", "--topic", "tt"), r"PartitionCount: 5")
    t.run("TopicCommand", "--delete", "--topic", "tt")
    expect("tt" not in t.run("TopicCommand", "--list").split(), "the deleted topic is still listed")
    contains(t.run("TopicCommand", "--describe", "--topic", "tt", status=1), "does not exist")


@check("kafka-console-producer and kafka-console-consumer: keys, headers, groups")
def console(t):
    t.cluster.create_topic("console", 1)
    t.run("ConsoleProducer", "--topic", "console", "--reader-property", "parse.key=true", "--reader-property",
          "key.separator=:", "--reader-property", "parse.headers=true", data="h:1\tk1:v1\nh:2\tk2:v2\nh:3\tk3:v3\n")
    show = [w for p in ("key", "headers", "offset", "partition") for w in ("--formatter-property", f"print.{p}=true")]
    text = t.run("consumer.ConsoleConsumer", "--topic", "console", "--from-beginning", "--max-messages", 3,
                 "--timeout-ms", 20000, *show)
    contains(text, r"Partition:0\s+Offset:1\s+h:2\s+k2\s+v2", "Processed a total of 3")
    group = ["--topic", "console", "--group", "console-group", "--timeout-ms", 20000]
    contains(t.run("consumer.ConsoleConsumer", *group, "--from-beginning", "--max-messages", 2), "v1\nv2\n")
    contains(t.run("consumer.ConsoleConsumer", *group, "--max-messages", 1), "v3\n")


@check("kafka-consumer-groups and kafka-groups: list, describe, reset, delete")
def groups(t):
    t.fill("cg", 10)
    run = ["--topic", "cg", "--group", "tools-group", "--from-beginning", "--max-messages", 4, "--timeout-ms", 20000]
    t.run("consumer.ConsoleConsumer", *run)
    command = "consumer.group.ConsumerGroupCommand"
    contains(t.run(command, "--list"), r"(?m)^tools-group$")
    contains(t.run(command, "--list", "--state"), r"tools-group\s+Empty")
    contains(t.run("GroupsCommand", "--list"), r"tools-group\s+Classic")
    contains(t.run(command, "--describe", "--group", "tools-group"),
             r"tools-group\s+cg\s+0\s+\S+\s*4\s+10\s+6|cg\s+0\s+4\s+10\s+6")
    contains(t.run(command, "--describe", "--group", "tools-group", "--state"), r"Empty\s+0")
    reset = ["--group", "tools-group", "--topic", "cg", "--reset-offsets", "--execute"]
    contains(t.run(command, *reset, "--to-offset", 7), r"cg\s+0\s+7")
    contains(t.run(command, *reset, "--to-earliest"), r"cg\s+0\s+0")
    contains(t.run(command, *reset, "--to-datetime", datetime(BASE + 3000)), r"cg\s+0\s+3")
    contains(t.run(command, "--group", "tools-group", "--topic", "cg", "--delete-offsets"), "Successful")
    contains(t.run(command, "--group", "tools-group", "--delete"), "was successful")
    expect("tools-group" not in t.run(command, "--list").split(), "the deleted group is still listed")
    contains(t.run(command, "--group", "tools-group", "--delete", status=None),
             "GroupIdNotFound|not found|does not exist")


def datetime(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms / 1000)) + ".000Z"


@check("kafka-configs: topics and brokers, set, describe, delete")
def configs(t):
    t.cluster.create_topic("conf", 1)
    topic, tool = ["--entity-type", "topics", "--entity-name", "conf"], "kafka.admin.ConfigCommand"
    t.run(tool, *topic, "--alter", "--add-config", "retention.ms=777,max.message.bytes=5000")
    contains(t.run(tool, *topic, "--describe"), "retention.ms=777", "max.message.bytes=5000", "DYNAMIC_TOPIC_CONFIG")
    t.run(tool, *topic, "--alter", "--delete-config", "retention.ms")
    text = t.run(tool, *topic, "--describe")
    expect("retention.ms=777" not in text, "the deleted setting is still there")
    contains(t.run(tool, *topic, "--describe", "--all"), "cleanup.policy=delete", "retention.ms=604800000")
    contains(t.run(tool, *topic, "--alter", "--add-config", "retention.ms=abc", status=1),
             "InvalidConfiguration|Invalid value")
    contains(t.run(tool, *topic, "--alter", "--add-config", "no.such=1", status=1), "InvalidConfiguration|[Uu]nknown")
    broker = ["--entity-type", "brokers"]
    t.run(tool, *broker, "--entity-default", "--alter", "--add-config", "log.retention.ms=7000000")
    contains(t.run(tool, *broker, "--entity-default", "--describe"), "log.retention.ms=7000000")
    t.run(tool, *broker, "--entity-default", "--alter", "--delete-config", "log.retention.ms")
    contains(t.run(tool, *broker, "--entity-name", node(t), "--describe", "--all"), r"num.partitions=1\b")


def node(t):
    return sorted(t.cluster.metadata([])[0])[0]


@check("kafka-get-offsets: end, beginning, largest time, by time")
def get_offsets(t):
    t.fill("go", 5, 2)
    for when, want in ((-1, 5), (-2, 0), (-3, 5 - 1), (BASE + 1500, 2)):
        text = t.run("GetOffsetShell", "--topic", "go", "--time", when)
        expect_equal(sorted(re.findall(r"go:(\d):(\d+)", text)), [("0", str(want)), ("1", str(want))], f"--time {when}")


@check("kafka-delete-records")
def delete_records(t):
    t.fill("dr", 9)
    file = t.folder / "delete.json"
    file.write_text(json.dumps({"version": 1, "partitions": [{"topic": "dr", "partition": 0, "offset": 4}]}))
    contains(t.run("DeleteRecordsCommand", "--offset-json-file", file), r"low_watermark: 4")
    file.write_text(json.dumps({"version": 1, "partitions": [{"topic": "dr", "partition": 0, "offset": 40}]}))
    contains(t.run("DeleteRecordsCommand", "--offset-json-file", file, status=None), "OffsetOutOfRange")


@check("kafka-broker-api-versions: every API is named, none is unknown")
def api_versions(t):
    text = t.run("BrokerApiVersionsCommand")
    contains(text, r"Produce\(0\): ", r"Fetch\(1\): ", r"ApiVersions\(18\): ")
    expect("UNKNOWN" not in text, f"an API is unknown to Kafka's own tool: {shorten(text)}")


@check("kafka-cluster: the cluster id")
def cluster_id(t):
    contains(t.run("ClusterTool", "cluster-id", "--bootstrap-server", t.broker.bootstrap, server=None),
             r"Cluster ID: \S{22}")


@check("kafka-log-dirs: an answer or a clean refusal")
def log_dirs(t):
    text = t.run("LogDirsCommand", "--describe", status=None)
    expect(re.search(r'"logDirs"', text) or re.search("UnsupportedVersion", text), f"neither: {shorten(text)}")


@check("kafka-producer-perf-test and kafka-consumer-perf-test")
def perf(t):
    t.cluster.create_topic("perf", 3)
    text = t.run("ProducerPerformance", "--topic", "perf", "--num-records", 20000, "--record-size", 200,
                 "--throughput", -1, "--command-property", f"bootstrap.servers={t.broker.bootstrap}", server=None)
    contains(text, r"20000 records sent")
    text = t.run("ConsumerPerformance", "--topic", "perf", "--num-records", 20000, "--timeout", 30000, "--hide-header")
    contains(text, r", 20000, ")


@check("kafka-verifiable-producer and kafka-verifiable-consumer")
def verifiable(t):
    t.cluster.create_topic("ver", 2)
    text = t.run("VerifiableProducer", "--topic", "ver", "--max-messages", 200, "--acks", -1)
    summary = [json.loads(line) for line in text.splitlines() if '"tool_data"' in line]
    expect_equal([(s["sent"], s["acked"]) for s in summary], [(200, 200)], "sent and acknowledged")
    text = t.run("VerifiableConsumer", "--topic", "ver", "--max-messages", 200, "--group-id", "ver-group",
                 "--reset-policy", "earliest")
    events = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    expect_equal(sum(e["count"] for e in events if e["name"] == "records_consumed"), 200, "consumed")
    expect(all(e["success"] for e in events if e["name"] == "offsets_committed"), "a commit failed")


@check("log-compaction-tester: every last value is there after compaction, and little else")
def compaction(t):
    settings = "log.segment.bytes=1048576,log.cleaner.backoff.ms=500,log.cleaner.min.cleanable.ratio=0.1"
    t.run("kafka.admin.ConfigCommand", "--entity-type", "brokers", "--entity-default", "--alter", "--add-config",
          settings)
    try:
        text = t.run("LogCompactionTester", "--messages", 200000, "--duplicates", 50, "--percent-deletes", 20,
                     "--topics", 2, "--compression-type", "none", "--sleep", 20, seconds=300)
    finally:
        t.run("kafka.admin.ConfigCommand", "--entity-type", "brokers", "--entity-default", "--alter",
              "--delete-config", re.sub("=[^,]*", "", settings))
    contains(text, r"Validated \d+ values, 0 mismatches", "Data verification is completed")
    reduction = float(re.search(r"\(([\d.]+)% reduction\)", text)[1])
    expect(reduction > 50, f"compaction took out {reduction} % only")


@check("kafka-dump-log reads the data files")
def dump_log(t):
    t.fill("dump", 50)
    t.run("ConsoleProducer", "--topic", "dump", "--compression-codec", "zstd",
          data="\n".join(map(str, range(100))) + "\n")
    text = t.run("DumpLogSegments", "--files", segment(t, "dump"), "--print-data-log", "--deep-iteration", server=None)
    expect_equal(len(re.findall(r"^\| offset: ", text, re.M)), 150, "records shown")
    expect("isvalid: false" not in text, "a batch is not valid")
    contains(text, r"compresscodec: zstd", r"payload: v49")
    contains(t.run("DumpLogSegments", "--files", segment(t, "__consumer_offsets", b"console-group"),
                   "--offsets-decoder", "--print-data-log", server=None), r"console-group")
    index = segment(t, "dump").with_suffix(".index")
    if index.exists():
        t.run("DumpLogSegments", "--files", index, "--index-sanity-check", server=None)


def segment(t, topic, holding=b""):
    """The largest segment of the topic that has these bytes, in Kafka's layout of folders or ours."""
    found = [p for p in (t.broker.folder / "data").rglob("*.log")
             if p.parent.name.startswith(topic + "-") or p.parent.parent.name == topic]
    found = [p for p in found if holding in p.read_bytes()]
    expect(found, f"no segment of {topic} with {holding}")
    return max(found, key=lambda p: p.stat().st_size)


def run_all(tools, wanted, show):
    """[(name, failure or None)]"""
    results = []
    for name, function in CHECKS:
        if wanted and not any(w in name for w in wanted):
            continue
        try:
            function(tools)
            reason = None
        except (Failed, subprocess.TimeoutExpired, OSError, KeyError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
        except Exception:  # a mistake in the check fails it, not the others
            reason = traceback.format_exc()
        show(name, reason)
        results.append((name, reason))
    return results
