"""aiokafka. Each handle has an event loop of its own, which runs while the handle is polled or used."""
import asyncio
import contextlib

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import BrokerResponseError, for_code
from aiokafka.structs import OffsetAndMetadata

import agent

CODECS = {"none": None}


def code_of(error):
    return error.errno if isinstance(error, BrokerResponseError) and error.errno > 0 else None


def taken(options, names):
    return {names[k]: v for k, v in options.items() if k in names}


def partition_of(row):
    return TopicPartition(row["topic"], row["partition"])


def pairs(partitions):
    return [(p.topic, p.partition) for p in partitions]


class Looped:
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

    def wait(self, awaitable):
        return self.loop.run_until_complete(awaitable)


class AioProducer(Looped):
    NAMES = {"linger_ms": "linger_ms", "idempotent": "enable_idempotence", "metadata_max_age_ms": "metadata_max_age_ms"}

    def __init__(self, options, _code_of):
        super().__init__()
        self.options = options
        self.wait(self.open())

    async def open(self):
        codec = self.options.get("compression")
        self.client = AIOKafkaProducer(bootstrap_servers=self.options["bootstrap"], client_id=self.options["client_id"],
                                       compression_type=CODECS.get(codec, codec), max_request_size=10_000_000,
                                       request_timeout_ms=30000, acks=self.options.get("acks", "all"),
                                       **taken(self.options, self.NAMES))
        await self.client.start()

    def send(self, rows):
        return self.wait(self.send_all(rows))

    async def send_all(self, rows):
        futures = []
        for row in rows:
            futures.append(await self.client.send(row["topic"], agent.payload(row), agent.decode(row["key"]),
                                                  partition=row["partition"], timestamp_ms=row["timestamp"],
                                                  headers=agent.headers(row)))
        done = await asyncio.gather(*futures, return_exceptions=True)
        return [{"code": code_of(d), "message": repr(d)} if isinstance(d, BaseException)
                else {"partition": d.partition, "offset": d.offset} for d in done]

    def close(self):
        self.wait(self.client.stop())


class AioConsumer(agent.ConsumerBase, ConsumerRebalanceListener, Looped):
    NAMES = {"heartbeat_ms": "heartbeat_interval_ms", "session_timeout_ms": "session_timeout_ms",
             "fetch_max_wait_ms": "fetch_max_wait_ms", "fetch_min_bytes": "fetch_min_bytes",
             "fetch_max_bytes": "fetch_max_bytes", "partition_max_bytes": "max_partition_fetch_bytes",
             "instance_id": "group_instance_id", "metadata_max_age_ms": "metadata_max_age_ms"}

    def start(self, options):
        Looped.__init__(self)
        self.wait(self.open(options))

    async def open(self, options):
        self.client = AIOKafkaConsumer(bootstrap_servers=options["bootstrap"], client_id=options["client_id"],
                                       group_id=options["group"], auto_offset_reset=options["reset"],
                                       enable_auto_commit=False, partition_assignment_strategy=[RangePartitionAssignor],
                                       **taken(options, self.NAMES))
        if options["topics"]:
            self.client.subscribe(options["topics"], listener=self)
            await self.client.start()
            return
        self.client.assign([partition_of(a) for a in options["assign"]])
        await self.client.start()
        for a in options["assign"]:  # the beginning is where reset policy earliest starts by itself
            if a["offset"] != "beginning":
                self.client.seek(partition_of(a), a["offset"])

    async def on_partitions_assigned(self, assigned):
        self.assigned(pairs(assigned))

    async def on_partitions_revoked(self, revoked):
        self.revoked(pairs(revoked))

    def poll(self):
        for rows in self.wait(self.client.getmany(timeout_ms=50)).values():
            for r in rows:
                self.took(agent.record(r.topic, r.partition, r.offset, r.key, r.value, r.headers, r.timestamp))

    def commit(self, offsets):
        self.wait(self.client.commit({partition_of(o): (o["offset"], o["metadata"] or "") for o in offsets}))

    def pause(self, partitions):
        self.wait(self.within_loop(self.client.pause, partitions))

    def resume(self, partitions):
        self.wait(self.within_loop(self.client.resume, partitions))

    async def within_loop(self, function, partitions):
        function(*[partition_of(p) for p in partitions])

    def stop(self, leave):
        # It cancels a fetch that waits to be tried again, and that comes out here (0.14.0). The group is left by then.
        with contextlib.suppress(asyncio.CancelledError):
            self.wait(self.client.stop())


class AioAdmin(Looped):
    def __init__(self, bootstrap):
        super().__init__()
        self.bootstrap, self.admin = bootstrap, None

    async def client(self):
        if self.admin is None:
            self.admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
            await self.admin.start()
        return self.admin

    async def _ask(self, op, *arguments):
        return await getattr(await self.client(), op)(*arguments)

    def _checked(self, answer, field="topic_errors"):
        for row in getattr(answer, field):
            if row[1]:
                raise for_code(row[1])(f"{row}")

    def create_topic(self, topic, partitions, replication, configs):
        self._checked(self.wait(self._ask("create_topics", [NewTopic(topic, partitions, replication,
                                                                     topic_configs=configs)])))

    def delete_topic(self, topic):
        self._checked(self.wait(self._ask("delete_topics", [topic])), "topic_error_codes")

    def add_partitions(self, topic, total):
        self._checked(self.wait(self._ask("create_partitions", {topic: NewPartitions(total)})))

    def describe_topic(self, topic):
        found = self.wait(self._ask("describe_topics", [topic]))[0]
        if found["error_code"]:
            raise for_code(found["error_code"])("describe")
        return {"partitions": [p["partition"] for p in found["partitions"]]}

    def topic_config(self, topic, name):
        for answer in self.wait(self._ask("describe_configs", [ConfigResource(ConfigResourceType.TOPIC, topic)])):
            for resource in answer.resources:
                for entry in resource[4]:
                    if entry[0] == name:
                        return {"value": entry[1]}
        raise agent.Failure(None, f"{name} is not in the answer")

    def delete_records(self, topic, partition, offset):
        done = self.wait(self._ask("delete_records", {TopicPartition(topic, partition): RecordsToDelete(offset)}))
        return {"low_watermark": done[TopicPartition(topic, partition)]}

    def offset(self, topic, partition, at):
        return {"offset": self.wait(self._offset(TopicPartition(topic, partition), at))}

    async def _offset(self, where, at):
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            if at in ("beginning", "end"):
                return (await getattr(consumer, at + "_offsets")([where]))[where]
            found = (await consumer.offsets_for_times({where: at}))[where]
            return -1 if found is None else found.offset
        finally:
            await consumer.stop()

    def committed(self, group, topic, partition):
        where = TopicPartition(topic, partition)
        found = self.wait(self._ask("list_consumer_group_offsets", group)).get(where, OffsetAndMetadata(None, None))
        return {"offset": found.offset, "metadata": found.metadata}

    def close(self):
        if self.admin is not None:
            self.wait(self.admin.close())


if __name__ == "__main__":
    agent.main(AioProducer, AioConsumer, AioAdmin, code_of)
