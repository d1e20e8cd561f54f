import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/** Fills the fields of a message that the schema of one version has, from a seed. */
final class Filler {
  enum Shape { FILLED, MINIMAL, NULLS }

  private static final int UNKNOWN_TAG = 1000;
  private static final String[] CHARACTERS = {"a", "Z", "7", "-", "\"", "\n", "ß", "中", "😀"};

  private final Random random;
  private final Shape shape;

  Filler(long seed, Shape shape) {
    this.random = new Random(seed);
    this.shape = shape;
  }

  void fill(Message message, Schema schema) throws Exception {
    if (shape != Shape.MINIMAL) {
      fill(message, schema, 0);
    }
  }

  private void fill(Message message, Schema schema, int depth) throws Exception {
    for (BoundField bound : schema.fields()) {
      if (bound.def.type instanceof TaggedFields) {
        for (Object field : tagged((TaggedFields) bound.def.type)) {
          set(message, (Field) field, depth);
        }
        if (shape == Shape.FILLED && depth < 2) {
          message.unknownTaggedFields().add(new RawTaggedField(UNKNOWN_TAG + depth, bytes()));
        }
      } else {
        set(message, bound.def, depth);
      }
    }
  }

  /** Older releases have no accessor for them. */
  private static Collection<?> tagged(TaggedFields section) throws Exception {
    java.lang.reflect.Field fields = TaggedFields.class.getDeclaredField("fields");
    fields.setAccessible(true);
    return ((Map<?, ?>) fields.get(section)).values();
  }

  private void set(Message message, Field field, int depth) throws Exception {
    Method setter = setter(message.getClass(), field.name);
    Object value = null;
    if (!(shape == Shape.NULLS && field.type.isNullable())) {
      Class<?> target = setter.getParameterTypes()[0];
      Optional<Type> element = field.type.arrayElementType();
      if (element.isPresent()) {
        value = array(setter, element.get(), depth);
      } else if (field.type instanceof Schema) {
        value = struct(target, (Schema) field.type, depth);
      } else {
        value = scalar(field.type, target);
      }
    }
    setter.invoke(message, value);
  }

  /** Schemas say kraft_version, setters setKRaftVersion: letters decide, not their case. */
  private static Method setter(Class<?> type, String snake) {
    String name = "set" + snake.replace("_", "");
    for (Method method : type.getMethods()) {
      if (method.getName().equalsIgnoreCase(name) && method.getParameterCount() == 1) {
        return method;
      }
    }
    throw new IllegalStateException(type + " has no " + name);
  }

  private Message struct(Class<?> type, Schema schema, int depth) throws Exception {
    Message message = (Message) type.getDeclaredConstructor().newInstance();
    fill(message, schema, depth + 1);
    return message;
  }

  @SuppressWarnings("unchecked")
  private Object array(Method setter, Type element, int depth) throws Exception {
    Class<?> target = setter.getParameterTypes()[0];
    int count = shape == Shape.FILLED && depth == 0 ? 2 : 1;
    Collection<Object> list;
    Class<?> elementClass;
    if (target == List.class) {
      list = new ArrayList<>();
      java.lang.reflect.Type argument =
          ((ParameterizedType) setter.getGenericParameterTypes()[0]).getActualTypeArguments()[0];
      elementClass = argument instanceof Class ? (Class<?>) argument : Object.class;
    } else {
      list = (Collection<Object>) target.getDeclaredConstructor().newInstance();
      elementClass = (Class<?>)
          ((ParameterizedType) target.getGenericSuperclass()).getActualTypeArguments()[0];
    }
    for (int i = 0; i < count; i++) {
      list.add(element instanceof Schema
          ? struct(elementClass, (Schema) element, depth)
          : scalar(element, elementClass));
    }
    return list;
  }

  private Object scalar(Type type, Class<?> target) throws Exception {
    if (target == String.class) {
      return string();
    } else if (target == byte[].class) {
      return bytes();
    } else if (target == ByteBuffer.class) {
      return ByteBuffer.wrap(bytes());
    } else if (target == Uuid.class) {
      return new Uuid(random.nextLong(), random.nextLong());
    } else if (target.getSimpleName().equals("BaseRecords")) {
      return records(target.getPackageName());
    } else if (target == boolean.class) {
      return true;
    } else if (target == double.class) {
      return random.nextInt(1 << 20) / 4.0;
    } else if (type == Type.INT8) {
      return (byte) number(8);
    } else if (type == Type.INT16) {
      return (short) number(16);
    } else if (type == Type.UINT16) {
      return (int) number(16) & 0xFFFF;
    } else if (type == Type.INT32) {
      return (int) number(32);
    } else if (type == Type.UNSIGNED_INT32) {
      return number(32) & 0xFFFFFFFFL;
    } else if (type == Type.INT64) {
      return number(64);
    }
    throw new IllegalStateException("no values for " + type + " as " + target);
  }

  /** The package of the record classes has moved between releases. */
  private Object records(String where) throws Exception {
    return Class.forName(where + ".MemoryRecords")
        .getMethod("readableRecords", ByteBuffer.class)
        .invoke(null, ByteBuffer.wrap(bytes()));
  }

  /** Often at the ends of the range, where sign and width go wrong. */
  private long number(int bits) {
    return switch (random.nextInt(6)) {
      case 0 -> -1;
      case 1 -> -(1L << (bits - 1));
      case 2 -> (1L << (bits - 1)) - 1;
      default -> random.nextLong();
    };
  }

  private String string() {
    StringBuilder text = new StringBuilder();
    for (int length = 1 + random.nextInt(3); length > 0; length--) {
      text.append(CHARACTERS[random.nextInt(CHARACTERS.length)]);
    }
    return text.toString();
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(5)];
    random.nextBytes(bytes);
    return bytes;
  }
}
