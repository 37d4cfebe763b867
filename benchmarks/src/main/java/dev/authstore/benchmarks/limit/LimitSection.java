package dev.authstore.benchmarks.limit;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.RoundTrips;
import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.benchmarks.report.Chart;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Goal;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import dev.authstore.model.TokenDigest;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.Introspection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Introspection by as many threads as there are connections, against pgbench. */
public final class LimitSection implements Section {
  private static final double SHARE = 0.7;
  private static final int TOKENS = 128;
  private static final List<String> TOKEN =
      IntStream.range(0, TOKENS).mapToObj(Texts::accessToken).toList();

  /**
   * How long to measure.
   *
   * @param rounds of turns
   */
  private record Effort(
      int authorizations, List<Integer> connections, int rounds, int seconds, long warmUpMillis) {
    static Effort of(Form form) {
      return form.choose(
          new Effort(5_000, List.of(1, 2), 1, 1, 50),
          new Effort(100_000, List.of(1, 2, 4, 8, 16, 32), 3, 1, 3_000),
          new Effort(1_000_000, List.of(1, 2, 4, 8, 16, 32), 3, 3, 8_000));
    }
  }

  /**
   * Introspections a second.
   *
   * @param connections how many at once
   */
  private record Rates(int connections, double pgbench, double authstore, double jdbc) {}

  @Override
  public String name() {
    return "limit";
  }

  @Override
  public String title() {
    return "Introspection against the limit";
  }

  @Override
  public String about() {
    return """
    Throughput as a share of that of pgbench, which sends the same prepared statement over the same number of
    connections and throws the result away, while Authstore hashes the token, reads 43 columns and makes records of
    them. Client and server share the cores. Hand-written JDBC, which sends the statement and reads its columns without
    making anything of them, shows how much of the distance is the driver's. pgbench asks for one token, as it cannot
    choose among texts without work for the server, and gets its rows as text; the others ask for 128 tokens in random
    order and get binary values.
    """;
  }

  @Override
  public Findings run(Bench bench)
      throws SQLException, IOException, InterruptedException, ExecutionException {
    Findings findings = new Findings();
    Optional<Pgbench> pgbench = Pgbench.find();
    if (pgbench.isEmpty()) {
      findings.note("skipped: no pgbench");
      return findings;
    }
    Effort effort = Effort.of(bench.form());
    Database database = bench.create("introspection");
    Population population = new Population(effort.authorizations(), 0, 0);
    population.create(database);
    AuthstoreTables.fill(database, population);
    List<Rates> rates = measure(bench, pgbench.get(), database, effort);
    bench.drop("introspection");
    report(rates, findings);
    findings.note("Against %s.".formatted(pgbench.get().version()));
    return findings;
  }

  private static List<Rates> measure(Bench bench, Pgbench pgbench, Database database, Effort effort)
      throws SQLException, IOException, InterruptedException, ExecutionException {
    String statement = statement(database);
    Pgbench.Script script = script(bench, statement);
    List<Rates> rates = new ArrayList<>();
    for (int connections : effort.connections()) {
      try (HikariDataSource pool = database.pool(connections)) {
        RepositoryFactory repositories = database.repositories(pool);
        Runnable authstore = () -> introspect(repositories);
        Runnable jdbc = new ByHand(pool, statement, TOKEN);
        Crowd.rate(connections, effort.warmUpMillis() / connections, authstore);
        Crowd.rate(connections, effort.warmUpMillis() / connections, jdbc);
        for (int round = 0; round < effort.rounds(); round++) {
          bench.progress("%d connections, round %d".formatted(connections, round + 1));
          rates.add(
              new Rates(
                  connections,
                  pgbench.rate(script, connections, effort.seconds()),
                  Crowd.rate(connections, effort.seconds() * 1_000L, authstore),
                  Crowd.rate(connections, effort.seconds() * 1_000L, jdbc)));
        }
      }
    }
    Files.delete(script.file());
    return rates;
  }

  private static String statement(Database database) {
    RoundTrips trips = new RoundTrips(database.dataSource());
    RepositoryFactory watched = database.repositories(trips.dataSource());
    return trips.of(() -> introspect(watched)).get(0);
  }

  private static void introspect(RepositoryFactory repositories) {
    String token = TOKEN.get(ThreadLocalRandom.current().nextInt(TOKENS));
    Introspection introspection =
        repositories.read(repo -> repo.oauth2AccessTokens().introspect(token));
    if (introspection instanceof Introspection.Inactive) {
      throw new IllegalStateException("refused: " + introspection);
    }
  }

  private static Pgbench.Script script(Bench bench, String statement) throws IOException {
    Path file = Files.createTempFile("introspection", ".sql");
    Files.writeString(file, statement.replace("?", ":digest") + ";\n");
    String digest = HexFormat.of().formatHex(TokenDigest.of(TOKEN.get(0)).toBytes());
    return new Pgbench.Script(
        file,
        "digest=\\x" + digest,
        "host=localhost port=%d user=postgres dbname=introspection".formatted(bench.port()));
  }

  private static void report(List<Rates> rates, Findings findings) {
    List<Integer> connections = rates.stream().map(Rates::connections).distinct().toList();
    List<List<Object>> rows = new ArrayList<>();
    List<List<Double>> curves =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    double worst = Double.MAX_VALUE;
    int where = 0;
    for (int count : connections) {
      List<Rates> measured = rates.stream().filter(one -> one.connections() == count).toList();
      double authstore =
          Figures.median(
              measured.stream().mapToDouble(one -> one.authstore() / one.pgbench()).toArray());
      double jdbc =
          Figures.median(
              measured.stream().mapToDouble(one -> one.jdbc() / one.pgbench()).toArray());
      rows.add(List.of(count, authstore, jdbc, authstore / jdbc));
      curves.get(0).add((double) count);
      curves.get(1).add(median(measured.stream().map(Rates::pgbench).toList()));
      curves.get(2).add(median(measured.stream().map(Rates::authstore).toList()));
      curves.get(3).add(median(measured.stream().map(Rates::jdbc).toList()));
      if (authstore < worst) {
        worst = authstore;
        where = count;
      }
    }
    findings.add(
        new Table(
            "Share of pgbench's throughput",
            List.of("Connections", "Authstore", "JDBC without records", "Authstore of JDBC"),
            rows));
    findings.add(chart(curves));
    findings.add(
        Goal.atLeast(
            SHARE, "introspection: share of pgbench's throughput", worst, where + " connections"));
    findings.raw("introspections a second", rates);
  }

  private static Chart chart(List<List<Double>> curves) {
    return new Chart(
        "Introspections a second",
        "connections",
        "a second",
        Chart.Scale.LINEAR,
        List.of(
            new Chart.Line("pgbench", curves.get(0), curves.get(1)),
            new Chart.Line("JDBC without records", curves.get(0), curves.get(3)),
            new Chart.Line("Authstore", curves.get(0), curves.get(2))));
  }

  private static double median(List<Double> values) {
    return Figures.median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
