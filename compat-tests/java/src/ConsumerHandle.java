import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** One consumer on a thread of its own: it polls all the time and does what it is told between two polls. */
final class ConsumerHandle extends Thread implements ConsumerRebalanceListener {
  private static final Map<String, String> NAMES = new HashMap<>(Map.of(
      "group", "group.id", "reset", "auto.offset.reset", "heartbeat_ms", "heartbeat.interval.ms",
      "session_timeout_ms", "session.timeout.ms", "fetch_max_wait_ms", "fetch.max.wait.ms",
      "fetch_min_bytes", "fetch.min.bytes", "fetch_max_bytes", "fetch.max.bytes",
      "partition_max_bytes", "max.partition.fetch.bytes", "instance_id", "group.instance.id",
      "metadata_max_age_ms", "metadata.max.age.ms"));

  private final JsonObject options;
  private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
  private final Set<TopicPartition> owned = new HashSet<>();
  private KafkaConsumer<byte[], byte[]> client;
  private boolean closed;
  private List<Object> records = new ArrayList<>();
  private List<Object> events = new ArrayList<>();
  private List<Object> errors = new ArrayList<>();

  ConsumerHandle(JsonObject request) {
    options = request;
    setDaemon(true);
  }

  void begin(int id) {
    commands.add(() -> Main.answer(id, this::open));
    start();
  }

  void submit(int id, String op, JsonObject request) {
    if (op.equals("drain")) {
      Main.answer(id, this::drain);
    } else {
      commands.add(() -> Main.answer(id, () -> perform(op, request)));
    }
  }

  @Override
  public void run() {
    try {
      while (!closed) {
        Runnable command = client == null ? commands.take() : commands.poll();
        if (command != null) {
          command.run();
        } else {
          poll();
        }
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private Object open() {
    Properties properties = Codec.properties(options, NAMES);
    boolean cooperative = "cooperative".equals(Codec.text(options, "assignor"));
    properties.put("partition.assignment.strategy",
        (cooperative ? CooperativeStickyAssignor.class : RangeAssignor.class).getName());
    properties.put("enable.auto.commit", "false");
    if (Codec.has(options, "api_timeout_ms")) {
      properties.put("request.timeout.ms", Codec.text(options, "api_timeout_ms"));
      properties.put("default.api.timeout.ms", Codec.text(options, "api_timeout_ms"));
    }
    client = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    if (Codec.has(options, "topics")) {
      List<String> topics = new ArrayList<>();
      options.getAsJsonArray("topics").forEach(t -> topics.add(t.getAsString()));
      client.subscribe(topics, this);
      return Map.of();
    }
    client.assign(Codec.partitions(options.getAsJsonArray("assign")));
    for (JsonElement element : options.getAsJsonArray("assign")) {
      JsonObject row = element.getAsJsonObject();
      Set<TopicPartition> one = Set.of(Codec.partition(row));
      switch (Codec.text(row, "offset")) {
        case "beginning": client.seekToBeginning(one); break;
        case "end": client.seekToEnd(one); break;
        default: client.seek(Codec.partition(row), row.get("offset").getAsLong());
      }
    }
    return Map.of();
  }

  private void poll() throws InterruptedException {
    try {
      for (ConsumerRecord<byte[], byte[]> r : client.poll(Duration.ofMillis(50))) {
        synchronized (this) {
          records.add(Codec.row(r));
        }
      }
    } catch (RuntimeException error) {
      error.printStackTrace();
      synchronized (this) {
        errors.add(Main.failure(error));
      }
      Thread.sleep(50);
    }
  }

  private Object perform(String op, JsonObject request) {
    switch (op) {
      case "commit":
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (JsonElement element : request.getAsJsonArray("offsets")) {
          JsonObject row = element.getAsJsonObject();
          String note = Codec.has(row, "metadata") ? Codec.text(row, "metadata") : "";
          offsets.put(Codec.partition(row), new OffsetAndMetadata(row.get("offset").getAsLong(), note));
        }
        client.commitSync(offsets);
        return Map.of();
      case "pause":
        client.pause(Codec.partitions(request.getAsJsonArray("partitions")));
        return Map.of();
      case "resume":
        client.resume(Codec.partitions(request.getAsJsonArray("partitions")));
        return Map.of();
      case "close":
        closed = true;
        event("revoked", new HashSet<>(owned));
        client.close(Duration.ofSeconds(5));
        return drain();
      default:
        throw new IllegalArgumentException(op);
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    event("assigned", partitions);
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    event("revoked", partitions);
  }

  private void event(String kind, Collection<TopicPartition> partitions) {
    List<Object> changed = new ArrayList<>();
    for (TopicPartition p : partitions) {
      if (kind.equals("assigned") ? owned.add(p) : owned.remove(p)) {
        changed.add(Arrays.asList(p.topic(), p.partition()));
      }
    }
    if (!changed.isEmpty()) {
      synchronized (this) {
        events.add(Arrays.asList(System.nanoTime(), kind, changed));
      }
    }
  }

  private synchronized Object drain() {
    Object out = Codec.map("records", records, "events", events, "errors", errors);
    records = new ArrayList<>();
    events = new ArrayList<>();
    errors = new ArrayList<>();
    return out;
  }
}
