package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.User;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Finds every record of the module, fills it with canaries and looks for them in what it prints.
 * All text counts as secret or personal here, and so do addresses and JSON.
 */
class PrintingTest {
  private static final String CANARY = "canary";
  private static final String CANARY_ADDRESS = "203.0.113.77";

  /** Words of a protocol, which may be printed. */
  private static final Set<Class<?>> HARMLESS =
      Set.of(
          ApplicationType.class,
          ClientAuthMethod.class,
          Device.class,
          GrantType.class,
          JwsAlgorithm.class,
          ScopeToken.class);

  @Nested
  class EveryRecord {
    @ParameterizedTest
    @MethodSource("dev.authstore.model.PrintingTest#records")
    void printsNoCanary(Class<?> type) {
      assertThat(samples(type))
          .isNotEmpty()
          .allSatisfy(
              sample -> assertThat(sample.toString()).doesNotContain(CANARY, CANARY_ADDRESS));
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.model.PrintingTest#records")
    void printsItsName(Class<?> type) {
      assertThat(samples(type))
          .allSatisfy(sample -> assertThat(sample).asString().startsWith(type.getSimpleName()));
    }
  }

  @Nested
  class TheSearch {
    @Test
    void findsRecordsInEveryPackage() throws Exception {
      assertThat(records())
          .contains(
              SessionActivity.class,
              User.class,
              UpstreamOAuthAuthorizationSessionStage.Completed.class);
    }

    @Test
    void fillsEveryVariantOfAStage() {
      assertThat(samples(OAuth2DeviceCodeGrantStage.class)).hasSize(4);
      assertThat(samples(UpstreamOAuthAuthorizationSessionStage.class)).hasSize(4);
    }
  }

  static List<Class<?>> records() throws IOException, URISyntaxException, ClassNotFoundException {
    URI classes = Ids.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path root = Path.of(classes);
    List<String> names;
    try (Stream<Path> files = Files.walk(root)) {
      names =
          files
              .map(file -> root.relativize(file).toString())
              .filter(file -> file.endsWith(".class"))
              .map(
                  file ->
                      file.replace(".class", "").replace(root.getFileSystem().getSeparator(), "."))
              .sorted()
              .toList();
    }
    List<Class<?>> records = new ArrayList<>();
    for (String name : names) {
      Class<?> type = Class.forName(name);
      if (type.isRecord()) {
        records.add(type);
      }
    }
    return records;
  }

  /** Values of a type that between them show every variant of what it is made of. */
  private static List<Object> samples(Type type) {
    if (type instanceof ParameterizedType generic) {
      return samplesOfGeneric(generic);
    }
    if (type == String.class) {
      return List.of(CANARY);
    }
    if (type == InetAddress.class) {
      return List.of(Addresses.parse(CANARY_ADDRESS));
    }
    if (type == Json.class) {
      return List.of(Json.parse("{\"" + CANARY + "\":\"" + CANARY + "\"}"));
    }
    if (type == URI.class) {
      return List.of(URI.create("https://example.com/" + CANARY));
    }
    if (type == UUID.class) {
      return List.of(new UUID(1, 2));
    }
    if (type == Instant.class) {
      return List.of(Instant.EPOCH);
    }
    if (type == Scope.class) {
      return List.of(Scope.of("openid"));
    }
    if (type == int.class || type == Integer.class) {
      return List.of(1);
    }
    if (type == boolean.class || type == Boolean.class) {
      return List.of(true);
    }
    if (type instanceof Class<?> named && named.isEnum()) {
      return List.of(named.getEnumConstants());
    }
    if (type instanceof Class<?> named && HARMLESS.contains(named)) {
      return List.of(construct(named, new Object[] {"word"}));
    }
    if (type instanceof Class<?> named && named.isSealed()) {
      return Arrays.stream(named.getPermittedSubclasses())
          .flatMap(variant -> samples(variant).stream())
          .toList();
    }
    if (type instanceof Class<?> named && named.isRecord()) {
      return samplesOfRecord(named);
    }
    throw new AssertionError("this test must learn to make a " + type.getTypeName());
  }

  private static List<Object> samplesOfGeneric(ParameterizedType type) {
    Stream<Object> arguments = samples(type.getActualTypeArguments()[0]).stream();
    if (type.getRawType() == Optional.class) {
      return arguments.<Object>map(Optional::of).toList();
    }
    if (type.getRawType() == List.class) {
      return arguments.<Object>map(List::of).toList();
    }
    if (type.getRawType() == Set.class) {
      return arguments.<Object>map(Set::of).toList();
    }
    if (type.getRawType() == Map.class) {
      return arguments.<Object>map(key -> Map.of(key, CANARY)).toList();
    }
    throw new AssertionError("this test must learn to make a " + type.getTypeName());
  }

  private static List<Object> samplesOfRecord(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    List<List<Object>> values =
        Arrays.stream(components).map(component -> samples(component.getGenericType())).toList();
    int variants = values.stream().mapToInt(List::size).max().orElse(1);
    return IntStream.range(0, variants)
        .mapToObj(i -> values.stream().map(list -> list.get(i % list.size())).toArray())
        .map(arguments -> construct(type, arguments))
        .toList();
  }

  private static Object construct(Class<?> type, Object[] arguments) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot make a " + type.getName(), e);
    }
  }
}
