import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;

/** The one call whose name differs between the oldest and the newest client. */
final class Compatible {
  private Compatible() {}

  static TopicDescription describe(AdminClient client, String topic) throws Exception {
    DescribeTopicsResult result = client.describeTopics(Set.of(topic));
    for (String name : new String[] {"topicNameValues", "values"}) {
      try {
        Object values = DescribeTopicsResult.class.getMethod(name).invoke(result);
        return (TopicDescription) ((KafkaFuture<?>) ((Map<?, ?>) values).get(topic)).get();
      } catch (NoSuchMethodException older) {
        continue;
      }
    }
    throw new IllegalStateException("this client cannot describe topics");
  }
}
