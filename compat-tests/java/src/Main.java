import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.common.protocol.Errors;

/** Serves the operations with Apache Kafka's Java client: lines of JSON in, lines of JSON out. */
public final class Main {
  private static final Gson GSON = new GsonBuilder().serializeNulls().create();
  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

  /** Something to do whose outcome is the answer. */
  interface Operation {
    Object run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Map<String, ProducerHandle> producers = new ConcurrentHashMap<>();
    Map<String, ConsumerHandle> consumers = new ConcurrentHashMap<>();
    ExecutorService pool = Executors.newCachedThreadPool();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject request = JsonParser.parseString(line).getAsJsonObject();
      int id = request.get("id").getAsInt();
      String op = request.get("op").getAsString();
      String name = request.has("h") ? request.get("h").getAsString() : null;
      if (op.equals("open_producer")) {
        answer(id, () -> producers.put(name, new ProducerHandle(request)) == null ? Map.of() : Map.of());
      } else if (op.equals("open_consumer")) {
        ConsumerHandle consumer = new ConsumerHandle(request);
        consumers.put(name, consumer);
        consumer.begin(id);
      } else if (name == null) {
        pool.execute(() -> answer(id, () -> Admin.run(op, request)));
      } else if (producers.containsKey(name)) {
        pool.execute(() -> answer(id, () -> producers.get(name).run(op, request)));
      } else {
        consumers.get(name).submit(id, op, request);
      }
    }
    System.exit(0);
  }

  static void answer(int id, Operation operation) {
    JsonObject row = new JsonObject();
    row.addProperty("id", id);
    try {
      row.add("ok", GSON.toJsonTree(operation.run()));
    } catch (Exception error) {
      error.printStackTrace();
      row.add("error", GSON.toJsonTree(failure(error)));
    }
    synchronized (OUT) {
      OUT.println(GSON.toJson(row));
      OUT.flush();
    }
  }

  /** Kafka's code of an exception; exceptions of the client's own have none. */
  static Map<String, Object> failure(Throwable error) {
    Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
    int code = Errors.forException(cause).code();
    Map<String, Object> row = new java.util.HashMap<>();
    row.put("code", code > 0 ? code : null);
    row.put("message", cause.toString());
    return row;
  }
}
