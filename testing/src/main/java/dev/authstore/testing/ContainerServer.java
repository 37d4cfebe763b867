package dev.authstore.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * PostgreSQL in a container that Testcontainers starts. The only class that needs that library.
 *
 * <p>The superuser is {@code postgres}, and so is its password: the port is open on this machine.
 */
final class ContainerServer extends PostgresServer {

  private static final String SUPERUSER = "postgres";

  private static final Map<String, String> SETTINGS =
      Map.of(
          "autovacuum", "off", // would change statistics while tests look at them
          "fsync", "off",
          "full_page_writes", "off",
          "jit", "off",
          "max_connections", "200",
          "synchronous_commit", "off");

  private final PostgreSQLContainer container;

  private ContainerServer(PostgreSQLContainer container) {
    this.container = container;
  }

  static ContainerServer launched(String image) {
    PostgreSQLContainer container =
        new PostgreSQLContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("postgres"))
            .withDatabaseName("postgres")
            .withUsername(SUPERUSER)
            .withPassword(SUPERUSER)
            .withEnv("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C");
    container.setCommandParts(command());
    container.start();
    return new ContainerServer(container);
  }

  @Override
  public int port() {
    return container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT);
  }

  @Override
  public DataSource dataSource(String database) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {container.getHost()});
    dataSource.setPortNumbers(new int[] {port()});
    dataSource.setDatabaseName(database);
    dataSource.setUser(SUPERUSER);
    dataSource.setPassword(container.getPassword());
    return dataSource;
  }

  @Override
  public String url(String database) {
    return "postgresql://%s:%s@%s:%d/%s"
        .formatted(
            SUPERUSER, container.getPassword(), container.getHost(), port(), encoded(database));
  }

  @Override
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://%s:%d/%s?user=%s&password=%s"
        .formatted(
            container.getHost(), port(), encoded(database), SUPERUSER, container.getPassword());
  }

  @Override
  public void close() {
    container.stop();
  }

  private static String[] command() {
    List<String> command = new ArrayList<>(List.of("postgres"));
    SETTINGS.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    return command.toArray(String[]::new);
  }
}
