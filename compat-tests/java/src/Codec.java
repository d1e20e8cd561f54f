import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** JSON to the client's types and back. */
final class Codec {
  private static final int KEEP = 5000; // larger values are reported by their size only

  private Codec() {}

  static boolean has(JsonObject row, String name) {
    return row.has(name) && !row.get(name).isJsonNull();
  }

  static String text(JsonObject row, String name) {
    return has(row, name) ? row.get(name).getAsString() : null;
  }

  static byte[] bytes(JsonElement element) {
    return element == null || element.isJsonNull() ? null : Base64.getDecoder().decode(element.getAsString());
  }

  static String encode(byte[] data) {
    return data == null ? null : Base64.getEncoder().encodeToString(data);
  }

  /** Copies the options a request has under the client's names for them. */
  static Properties properties(JsonObject request, Map<String, String> names) {
    Properties out = new Properties();
    out.put("bootstrap.servers", text(request, "bootstrap"));
    out.put("client.id", has(request, "client_id") ? text(request, "client_id") : "admin");
    out.put("reconnect.backoff.max.ms", "500");
    names.forEach((from, to) -> {
      if (has(request, from)) {
        out.put(to, text(request, from));
      }
    });
    return out;
  }

  static TopicPartition partition(JsonObject row) {
    return new TopicPartition(text(row, "topic"), row.get("partition").getAsInt());
  }

  static List<TopicPartition> partitions(JsonArray rows) {
    List<TopicPartition> out = new ArrayList<>();
    rows.forEach(row -> out.add(partition(row.getAsJsonObject())));
    return out;
  }

  static ProducerRecord<byte[], byte[]> record(JsonObject row) {
    byte[] value = bytes(row.get("value"));
    if (has(row, "size")) {
      value = new byte[row.get("size").getAsInt()];
      Arrays.fill(value, (byte) 'x');
    }
    List<Header> headers = new ArrayList<>();
    for (JsonElement pair : row.getAsJsonArray("headers")) {
      JsonArray h = pair.getAsJsonArray();
      headers.add(new RecordHeader(h.get(0).getAsString(), bytes(h.get(1))));
    }
    Integer partition = has(row, "partition") ? row.get("partition").getAsInt() : null;
    Long timestamp = has(row, "timestamp") ? row.get("timestamp").getAsLong() : null;
    return new ProducerRecord<>(text(row, "topic"), partition, timestamp, bytes(row.get("key")), value, headers);
  }

  static Map<String, Object> row(ConsumerRecord<byte[], byte[]> r) {
    List<Object> headers = new ArrayList<>();
    for (Header h : r.headers()) {
      headers.add(Arrays.asList(h.key(), encode(h.value())));
    }
    Map<String, Object> row = new HashMap<>();
    row.put("topic", r.topic());
    row.put("partition", r.partition());
    row.put("offset", r.offset());
    row.put("key", encode(r.key()));
    row.put("headers", headers);
    row.put("timestamp", r.timestamp());
    boolean large = r.value() != null && r.value().length > KEEP;
    row.put("value", large ? null : encode(r.value()));
    row.put("size", r.value() == null ? 0 : r.value().length);
    return row;
  }

  static Map<String, Object> map(Object... pairs) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      out.put((String) pairs[i], pairs[i + 1]);
    }
    return out;
  }
}
