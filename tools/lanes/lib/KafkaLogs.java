// Fills a broker with what a log directory of Kafka can hold, and tells what a broker holds.
//
//   java KafkaLogs.java fill-before BOOTSTRAP     topics, all codecs, transactions, a group
//   java KafkaLogs.java fill-after BOOTSTRAP      more of it, for a broker that was restarted in between
//   java KafkaLogs.java tell BOOTSTRAP            every record, offset, epoch, config and committed offset, sorted
//   java KafkaLogs.java append BOOTSTRAP          one more record; prints its offset

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

public final class KafkaLogs {
    private static final int ROUNDS = 60;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long DEADLINE_MS = 120_000;
    private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
    private static final List<String> TOPICS =
        List.of("plain", "compacted", "trimmed", "transactional", "stamped");

    private final String bootstrap;
    private final Random random = new Random(1);

    private KafkaLogs(String bootstrap) { this.bootstrap = bootstrap; }

    public static void main(String[] args) throws Exception {
        KafkaLogs logs = new KafkaLogs(args[1]);
        switch (args[0]) {
            case "fill-before" -> logs.fillBefore();
            case "fill-after" -> logs.fillAfter();
            case "tell" -> logs.tell();
            case "append" -> logs.append();
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private KafkaProducer<byte[], byte[]> producer(String codec, String transactionalId) {
        Map<String, Object> settings = new HashMap<>(Map.of(
            "bootstrap.servers", bootstrap, "compression.type", codec, "batch.size", 16384, "linger.ms", 5));
        if (transactionalId != null) settings.put("transactional.id", transactionalId);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
        return new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "isolation.level", isolation, "group.id", "readers",
                   "enable.auto.commit", false, "auto.offset.reset", "earliest"),
            new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private ProducerRecord<byte[], byte[]> record(String topic, Integer partition, String key, int size) {
        byte[] value = new byte[size];
        random.nextBytes(value);
        for (int i = 0; i < value.length; i++) value[i] = (byte) ('a' + (value[i] & 15));
        ProducerRecord<byte[], byte[]> made = new ProducerRecord<>(
            topic, partition, System.currentTimeMillis() - random.nextInt(1000),
            key.getBytes(StandardCharsets.UTF_8), value);
        made.headers().add("h", "x".getBytes(StandardCharsets.UTF_8));
        return made;
    }

    private void fillBefore() throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(
                new NewTopic("plain", 3, (short) 1).configs(Map.of("segment.bytes", "1048576")),
                new NewTopic("compacted", 1, (short) 1).configs(Map.of(
                    "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.01", "segment.ms", "100",
                    "delete.retention.ms", "600000")),
                new NewTopic("trimmed", 1, (short) 1).configs(Map.of("retention.ms", "-1")),
                new NewTopic("transactional", 2, (short) 1).configs(Map.of("segment.bytes", "1048576")),
                new NewTopic("stamped", 1, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime"))
            )).all().get();
        }
        fill();
    }

    private void fillAfter() throws Exception {
        fill();
        try (Admin admin = admin()) {
            TopicPartition trimmed = new TopicPartition("trimmed", 0);
            admin.deleteRecords(Map.of(trimmed, RecordsToDelete.beforeOffset(777))).all().get();
        }
        try (KafkaConsumer<byte[], byte[]> consumer = consumer("read_committed")) {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (int i = 0; i < 3; i++)
                offsets.put(new TopicPartition("plain", i), new OffsetAndMetadata(100 + i, "note " + i));
            consumer.assign(offsets.keySet());
            consumer.commitSync(offsets);
        }
        waitForCompaction();
    }

    private void fill() throws Exception {
        for (String codec : CODECS) {
            try (KafkaProducer<byte[], byte[]> producer = producer(codec, null)) {
                for (int i = 0; i < ROUNDS * 10; i++) {
                    producer.send(record("plain", i % 3, "k" + i, 1000));
                    producer.send(record("compacted", 0, "k" + random.nextInt(40), 100));
                    producer.send(record("trimmed", 0, "k" + i, 50));
                    producer.send(record("stamped", 0, "k" + i, 50));
                }
            }
            try (KafkaProducer<byte[], byte[]> producer = producer(codec, "tx-" + codec)) {
                producer.initTransactions();
                for (int round = 0; round < ROUNDS / 6; round++) {
                    producer.beginTransaction();
                    for (int i = 0; i < 60; i++) producer.send(record("transactional", i % 2, "k" + i, 1000));
                    if (round % 3 == 1) {
                        producer.flush();
                        producer.abortTransaction();
                    } else {
                        producer.commitTransaction();
                    }
                }
            }
        }
    }

    // The active segment is rolled by time when something is appended; the cleaner takes the others.
    private void waitForCompaction() throws Exception {
        long deadline = System.currentTimeMillis() + DEADLINE_MS;
        TopicPartition compacted = new TopicPartition("compacted", 0);
        while (System.currentTimeMillis() < deadline) {
            try (KafkaProducer<byte[], byte[]> producer = producer("none", null)) {
                producer.send(record("compacted", 0, "k0", 10)).get();
            }
            List<String> seen = new ArrayList<>();
            long end = read("read_uncommitted", compacted, seen);
            if (seen.size() < end / 4) return;
        }
        throw new IllegalStateException("Kafka did not compact");
    }

    // Adds a line for each record of the partition; returns the end offset.
    private long read(String isolation, TopicPartition partition, List<String> lines) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(isolation)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long start = consumer.position(partition);
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            lines.add(isolation + " " + partition + " from " + start + " to " + end);
            long deadline = System.currentTimeMillis() + DEADLINE_MS;
            while (consumer.position(partition) < end) {
                if (System.currentTimeMillis() > deadline) throw new IllegalStateException(partition + ": no end");
                for (ConsumerRecord<byte[], byte[]> got : consumer.poll(POLL)) lines.add(isolation + " " + line(got));
            }
            return end;
        }
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
    }

    private static String line(ConsumerRecord<byte[], byte[]> record) {
        StringBuilder headers = new StringBuilder();
        record.headers().forEach(header -> headers.append(header.key()).append('=').append(text(header.value())));
        return String.format("%s-%d@%010d epoch %d %s %d %s=%s [%s]", record.topic(), record.partition(),
            record.offset(), record.leaderEpoch().orElse(-1), record.timestampType(), record.timestamp(),
            text(record.key()), text(record.value()), headers);
    }

    private void tell() throws Exception {
        List<String> lines = new ArrayList<>();
        try (Admin admin = admin()) {
            Map<String, TopicDescription> topics = admin.describeTopics(TOPICS).allTopicNames().get();
            for (TopicDescription topic : topics.values()) {
                lines.add("topic " + topic.name() + " " + topic.topicId() + " " + topic.partitions().size());
                for (TopicPartitionInfo info : topic.partitions()) {
                    TopicPartition partition = new TopicPartition(topic.name(), info.partition());
                    read("read_uncommitted", partition, lines);
                    read("read_committed", partition, lines);
                    tellOffsets(admin, partition, lines);
                }
                tellConfigs(admin, topic.name(), lines);
            }
            admin.listConsumerGroupOffsets("readers").partitionsToOffsetAndMetadata().get().forEach(
                (partition, offset) ->
                    lines.add("committed " + partition + " " + offset.offset() + " " + offset.metadata()));
        }
        Collections.sort(lines);
        lines.forEach(System.out::println);
    }

    private void tellOffsets(Admin admin, TopicPartition partition, List<String> lines)
            throws ExecutionException, InterruptedException {
        for (OffsetSpec spec : List.of(OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp())) {
            var found = admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
            String name = spec.getClass().getSimpleName();
            lines.add(partition + " " + name + " " + found.offset() + " " + found.timestamp());
        }
        admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers().forEach(
            state -> lines.add(partition + " producer " + state.producerId() + " " + state.producerEpoch() + " "
                + state.lastSequence() + " " + seenAt(partition, state) + " " + state.currentTransactionStartOffset()));
    }

    // Of a compacted log Kafka may remember the time of a record that is gone, which a log alone cannot tell.
    private static String seenAt(TopicPartition partition, ProducerState state) {
        return partition.topic().equals("compacted") ? "some time" : Long.toString(state.lastTimestamp());
    }

    private void tellConfigs(Admin admin, String topic, List<String> lines)
            throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries())
            if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
                lines.add("config " + topic + " " + entry.name() + "=" + entry.value());
    }

    private void append() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer("lz4", null)) {
            for (int i = 0; i < 3; i++)
                System.out.println("plain-" + i + " " + producer.send(record("plain", i, "new", 10)).get().offset());
        }
    }
}
