package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** How the server executes what operations send it, explained with the values they send. */
final class Plans {
  private static final boolean AT_SCALE = Boolean.getBoolean("authstore.plans.scale");

  private final Store store;
  private final RepositoryFactory repositories;
  private final List<String> sent = new CopyOnWriteArrayList<>();

  /** Of a list whose order is not that in which its rows are found: all are sorted. */
  static final long PAGES_OF_A_LIST = 5_000;

  /** Of a count of some ten thousands, each on a page of its own. */
  static final long PAGES_OF_A_COUNT = 20_000;

  /** Of a batch of a thousand: a row is found, locked and written with all its indexes. */
  static final long PAGES_OF_A_BATCH = 40_000;

  /** Work, what to call it, and how many pages it may touch, however many rows there are. */
  record Line(String name, Consumer<? super RepositoryAccess> work, long pages) {
    /** What concerns one of each kind, or the few that belong to one. */
    Line(String name, Consumer<? super RepositoryAccess> work) {
      this(name, work, 600);
    }

    Line pages(long most) {
      return new Line(name, work, most);
    }
  }

  Plans(Store store) {
    this.store = store;
    this.repositories =
        Authstore.using(
                wrap(DataSource.class, store.dataSource()), store.schema(), store.settings())
            .repositories();
  }

  /** The plan of one statement, as text. */
  record Plan(String statement, String text) {
    private static final Pattern SCAN = Pattern.compile("Seq Scan on (\\w+)");
    private static final Pattern HIT = Pattern.compile("shared hit=(\\d+)");
    private static final Pattern READ = Pattern.compile("shared(?: hit=\\d+)? read=(\\d+)");

    /** The tables that are read from one end to the other. */
    Set<String> scanned() {
      Set<String> tables = new TreeSet<>();
      Matcher scans = SCAN.matcher(text);
      while (scans.find()) {
        tables.add(scans.group(1));
      }
      return tables;
    }

    /**
     * The pages touched, without those of what follows a deletion; of a plan that was measured. A
     * change that nothing reads is not counted at the top, hence the greatest.
     */
    long buffers() {
      return text.lines()
          .takeWhile(line -> !line.startsWith("Planning:"))
          .filter(line -> line.contains("Buffers:"))
          .mapToLong(line -> number(HIT, line) + number(READ, line))
          .max()
          .orElse(0);
    }

    private static long number(Pattern pattern, String line) {
      Matcher found = pattern.matcher(line);
      return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    @Override
    public String toString() {
      return statement + "\n" + text;
    }
  }

  /** How many rows to judge plans by, in the ordinary build and in the profile {@code scale}. */
  static int rows(int ordinary, int atScale) {
    return AT_SCALE ? atScale : ordinary;
  }

  /**
   * Fails if a statement of the line reads a table from one end to the other, at scale also if it
   * touches too many pages.
   *
   * @param exempt tables that do not grow
   */
  void assertIndexed(Line line, Set<String> exempt) {
    List<Plan> found = AT_SCALE ? measured(line.work()) : of(line.work());

    assertThat(found)
        .isNotEmpty()
        .allSatisfy(plan -> assertThat(exempt).as("%s", plan).containsAll(plan.scanned()))
        .allSatisfy(
            plan ->
                assertThat(plan.buffers())
                    .as("%s", plan)
                    .isBetween(AT_SCALE ? 1L : 0L, line.pages()));
  }

  /** The plans of all statements that the work sends. It changes nothing. */
  List<Plan> of(Consumer<? super RepositoryAccess> work) {
    return explained(work, "EXPLAIN ");
  }

  /** The same, with the pages that each statement touches. */
  List<Plan> measured(Consumer<? super RepositoryAccess> work) {
    return explained(work, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) ");
  }

  private List<Plan> explained(Consumer<? super RepositoryAccess> work, String explain) {
    sent.clear();
    try (Repository repo = repositories.begin()) {
      work.accept(repo);
      repo.cancel();
    }
    return sent.stream().map(statement -> explained(statement, explain)).toList();
  }

  private Plan explained(String statement, String command) {
    try (Connection connection = store.dataSource().getConnection();
        Statement explain = connection.createStatement()) {
      connection.setAutoCommit(false);
      List<String> lines = new ArrayList<>();
      try (ResultSet rows = explain.executeQuery(command + statement)) {
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
      }
      connection.rollback();
      return new Plan(statement, String.join("\n", lines));
    } catch (SQLException e) {
      throw new IllegalStateException(statement, e);
    }
  }

  private <T> T wrap(Class<T> type, T target) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> called(target, method, arguments));
    return type.cast(proxy);
  }

  private @Nullable Object called(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (target instanceof PreparedStatement statement && method.getName().equals("setArray")) {
      return setAsText(statement, arguments);
    }
    if (target instanceof PreparedStatement && method.getName().startsWith("execute")) {
      sent.add(target.toString()); // the driver's statements print with their values
    }
    try {
      Object result = method.invoke(target, arguments);
      if (result instanceof Connection connection) {
        return wrap(Connection.class, connection);
      }
      return result instanceof PreparedStatement statement
          ? wrap(PreparedStatement.class, statement)
          : result;
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      throw cause == null ? e : cause;
    }
  }

  // An array that is sent in binary does not print.
  private static @Nullable Object setAsText(
      PreparedStatement statement, Object @Nullable [] arguments) throws SQLException {
    if (arguments != null) {
      statement.setObject((int) arguments[0], String.valueOf(arguments[1]), Types.OTHER);
    }
    return null;
  }
}
