import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;

/**
 * Writes what Apache Kafka's own classes make of messages: bytes, and the JSON of their converters.
 *
 * <p>Arguments: the list of messages (lines of "name file min max key"), the folder to write to, and
 * optionally "append" (only versions that no file there has yet: for a second, older release).
 * A golden file has one instance per line: version, shape, base64 of the bytes, JSON.
 */
public final class Recorder {
  private static final String[] PACKAGES = {
    "org.apache.kafka.common.message",
    "org.apache.kafka.coordinator.group.generated",
    "org.apache.kafka.coordinator.transaction.generated",
    "org.apache.kafka.coordinator.share.generated",
    "org.apache.kafka.server.log.remote.metadata.storage.generated",
  };
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[1]);
    boolean append = args.length > 2 && args[2].equals("append");
    Files.createDirectories(folder);
    int instances = 0;
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] words = line.split(" ");
      Class<?> type = find(words[0]);
      if (type == null) {
        System.out.println(words[0] + ": no such class");
        continue;
      }
      instances += record(type, words, folder.resolve(words[1] + ".txt"), append);
    }
    System.out.println(instances + " instances recorded");
  }

  private static Class<?> find(String name) {
    for (String where : PACKAGES) {
      for (String suffix : new String[] {"Data", ""}) {
        try {
          Class<?> type = Class.forName(where + "." + name + suffix);
          if (Message.class.isAssignableFrom(type)) {
            return type;
          }
        } catch (ClassNotFoundException e) {
          // The next place may have it.
        }
      }
    }
    return null;
  }

  private static int record(Class<?> type, String[] words, Path file, boolean append)
      throws Exception {
    Class<?> converter = Class.forName(type.getName() + "JsonConverter");
    Method toJson = converter.getMethod("write", type, short.class, boolean.class);
    Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
    int low = type.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
    int high = type.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
    List<String> lines = new ArrayList<>();
    List<String> known = append && Files.exists(file) ? Files.readAllLines(file) : List.of();
    int before = known.size();
    for (int v = Integer.parseInt(words[2]); v <= Integer.parseInt(words[3]); v++) {
      String prefix = v + " ";
      List<String> old = known.stream().filter(l -> l.startsWith(prefix)).toList();
      if (!old.isEmpty() || v < low || v > high) {
        lines.addAll(old);
        continue;
      }
      for (Filler.Shape shape : Filler.Shape.values()) {
        String instance = instance(type, toJson, schemas[v], (short) v, shape);
        if (instance != null) {
          lines.add(instance);
        }
      }
    }
    if (!lines.isEmpty()) {
      Files.write(file, lines, StandardCharsets.UTF_8);
    }
    return lines.size() - before;
  }

  private static String instance(
      Class<?> type, Method toJson, Schema schema, short version, Filler.Shape shape)
      throws Exception {
    Message message = (Message) type.getDeclaredConstructor().newInstance();
    long seed = (type.getSimpleName() + version + shape).hashCode();
    new Filler(seed, shape).fill(message, schema);
    byte[] bytes;
    try {
      ObjectSerializationCache cache = new ObjectSerializationCache();
      ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
      message.write(new ByteBufferAccessor(buffer), cache, version);
      bytes = buffer.array();
    } catch (RuntimeException e) {
      // A default that the version cannot carry, such as null records.
      System.out.println(type.getSimpleName() + " v" + version + " " + shape + ": " + e);
      return null;
    }
    JsonNode json;
    try {
      json = (JsonNode) toJson.invoke(null, message, version, false);
    } catch (InvocationTargetException e) {
      System.out.println(type.getSimpleName() + " v" + version + " " + shape + ": " + e.getCause());
      return null;
    }
    return version + " " + shape.name().toLowerCase() + " "
        + (bytes.length == 0 ? "-" : Base64.getEncoder().encodeToString(bytes)) + " "
        + MAPPER.writeValueAsString(json);
  }
}
