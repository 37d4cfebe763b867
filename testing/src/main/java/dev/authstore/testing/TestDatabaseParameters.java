package dev.authstore.testing;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Hands out what {@link WithTestDatabase} promises. */
final class TestDatabaseParameters implements ParameterResolver, AfterEachCallback {

  private static final Namespace NAMESPACE = Namespace.create(TestDatabaseParameters.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestDatabase.class
        && context.getTestMethod().isPresent(); // a test has one, a class does not
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return current(context)
        .orElseGet(
            () -> {
              TestDatabase taken = TestDatabase.with(schema(context));
              taken.take();
              context.getStore(NAMESPACE).put(TestDatabase.class, taken);
              return taken;
            });
  }

  @Override
  public void afterEach(ExtensionContext context) {
    current(context).ifPresent(TestDatabase::giveBack);
  }

  private static Optional<TestDatabase> current(ExtensionContext context) {
    return Optional.ofNullable(
        context.getStore(NAMESPACE).get(TestDatabase.class, TestDatabase.class));
  }

  private static Class<? extends TestSchema> schema(ExtensionContext context) {
    Stream<Class<?>> classes =
        Stream.iterate(
            context.getRequiredTestClass(), type -> type != null, Class::getEnclosingClass);
    return Stream.concat(Stream.of(context.getRequiredTestMethod()), classes)
        .flatMap(place -> Stream.ofNullable(place.getAnnotation(WithTestDatabase.class)))
        .findFirst()
        .orElseThrow()
        .schema();
  }
}
