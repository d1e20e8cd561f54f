import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One producer. */
final class ProducerHandle {
  private static final Map<String, String> NAMES = Map.of(
      "acks", "acks", "compression", "compression.type", "linger_ms", "linger.ms", "idempotent", "enable.idempotence",
      "max_in_flight", "max.in.flight.requests.per.connection", "metadata_max_age_ms", "metadata.max.age.ms",
      "delivery_timeout_ms", "delivery.timeout.ms");

  private final KafkaProducer<byte[], byte[]> client;

  ProducerHandle(JsonObject request) {
    Properties properties = Codec.properties(request, NAMES);
    properties.put("max.request.size", "10000000");
    properties.put("max.block.ms", "20000");
    client = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  Object run(String op, JsonObject request) throws Exception {
    if (op.equals("close")) {
      client.close(Duration.ofSeconds(5));
      return Map.of();
    }
    List<Object> sent = new ArrayList<>();
    for (JsonElement row : request.getAsJsonArray("records")) {
      try {
        sent.add(client.send(Codec.record(row.getAsJsonObject())));
      } catch (RuntimeException refused) {
        sent.add(refused);
      }
    }
    client.flush();
    List<Object> results = new ArrayList<>();
    for (Object one : sent) {
      results.add(result(one));
    }
    return Map.of("results", results);
  }

  private static Object result(Object sent) throws InterruptedException {
    if (sent instanceof RuntimeException) {
      return Main.failure((RuntimeException) sent);
    }
    try {
      RecordMetadata placed = (RecordMetadata) ((Future<?>) sent).get();
      return Codec.map("partition", placed.partition(), "offset", placed.offset());
    } catch (java.util.concurrent.ExecutionException error) {
      return Main.failure(error);
    }
  }
}
