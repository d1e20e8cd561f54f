import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;

/** Operations without a handle, on an AdminClient shared by those of one address. */
final class Admin {
  private static final Map<String, AdminClient> CLIENTS = new HashMap<>();

  private Admin() {}

  private static synchronized AdminClient client(JsonObject request) {
    return CLIENTS.computeIfAbsent(Codec.text(request, "bootstrap"), address -> {
      Properties properties = Codec.properties(request, Map.of());
      properties.put("request.timeout.ms", "15000");
      properties.put("default.api.timeout.ms", "20000");
      return AdminClient.create(properties);
    });
  }

  static Object run(String op, JsonObject request) throws Exception {
    AdminClient client = client(request);
    String topic = Codec.text(request, "topic");
    switch (op) {
      case "create_topic":
        Map<String, String> configs = new HashMap<>();
        request.getAsJsonObject("configs").entrySet().forEach(e -> configs.put(e.getKey(), e.getValue().getAsString()));
        NewTopic wanted =
            new NewTopic(topic, request.get("partitions").getAsInt(), request.get("replication").getAsShort());
        client.createTopics(Set.of(wanted.configs(configs))).all().get();
        return Map.of();
      case "delete_topic":
        client.deleteTopics(Set.of(topic)).all().get();
        return Map.of();
      case "add_partitions":
        client.createPartitions(Map.of(topic, NewPartitions.increaseTo(request.get("total").getAsInt()))).all().get();
        return Map.of();
      case "describe_topic":
        List<Integer> partitions = new ArrayList<>();
        for (TopicPartitionInfo p : Compatible.describe(client, topic).partitions()) {
          partitions.add(p.partition());
        }
        return Map.of("partitions", partitions);
      case "topic_config":
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        String value = client.describeConfigs(Set.of(resource)).all().get().get(resource)
            .get(Codec.text(request, "name")).value();
        return Map.of("value", value);
      default:
        return onPartition(client, op, request, Codec.partition(request));
    }
  }

  private static Object onPartition(AdminClient client, String op, JsonObject request, TopicPartition where)
      throws Exception {
    switch (op) {
      case "delete_records":
        RecordsToDelete before = RecordsToDelete.beforeOffset(request.get("offset").getAsLong());
        long low = client.deleteRecords(Map.of(where, before)).lowWatermarks().get(where).get().lowWatermark();
        return Map.of("low_watermark", low);
      case "offset":
        String at = Codec.text(request, "at");
        OffsetSpec spec = at.equals("beginning") ? OffsetSpec.earliest()
            : at.equals("end") ? OffsetSpec.latest() : OffsetSpec.forTimestamp(Long.parseLong(at));
        return Map.of("offset", client.listOffsets(Map.of(where, spec)).partitionResult(where).get().offset());
      case "committed":
        OffsetAndMetadata found = client.listConsumerGroupOffsets(Codec.text(request, "group"))
            .partitionsToOffsetAndMetadata().get().get(where);
        return found == null ? Codec.map("offset", null, "metadata", null)
            : Codec.map("offset", found.offset(), "metadata", found.metadata());
      default:
        throw new IllegalArgumentException(op);
    }
  }
}
