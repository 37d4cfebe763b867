package dev.authstore.storage.pg;

import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Every operation of every repository, found by reflection, so that none is forgotten. */
final class Operations {
  private Operations() {}

  /** One method of one repository. */
  record Operation(Method accessor, Method method) {

    /** The aggregate and the operation, as they must be reported. */
    String name() {
      return aggregate(accessor.getReturnType()) + "." + snakeCase(method.getName());
    }

    /** Calls it; what it throws on purpose comes out as it is. */
    @Nullable Object call(RepositoryAccess repo, Fixture fixture) {
      try {
        Object[] arguments =
            IntStream.range(0, method.getParameterCount())
                .mapToObj(index -> fixture.argument(this, index))
                .toArray();
        return method.invoke(accessor.invoke(repo), arguments);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof StorageException refusal) {
          throw refusal;
        }
        throw new AssertionError(name(), e);
      } catch (IllegalAccessException e) {
        throw new AssertionError(name(), e);
      }
    }

    @Override
    public String toString() {
      return name();
    }
  }

  static List<Operation> all() {
    return Arrays.stream(RepositoryAccess.class.getMethods())
        .flatMap(
            accessor ->
                Arrays.stream(accessor.getReturnType().getMethods())
                    .map(method -> new Operation(accessor, method)))
        .sorted(Comparator.comparing(Operation::name))
        .toList();
  }

  static String aggregate(Class<?> repository) {
    return snakeCase(repository.getSimpleName().replaceFirst("Repository$", ""));
  }

  private static String snakeCase(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }
}
