package dev.authstore.testing;

import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.SchemaCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.meta.postgres.PostgresDatabase;
import org.jspecify.annotations.Nullable;

/**
 * What jOOQ generates code from: the schema {@code authstore} of a new server, made by the scripts
 * and by nothing else. Name this class as {@code database} of the generator and give it no
 * connection.
 *
 * <p>It shows the tables of the model only: neither Flyway's history nor what an extension brought
 * along. If the generator gives it a property {@code catalogueFile}, it writes there what the
 * scripts have made, so that a program can later tell whether a database still has it.
 */
public final class SchemaDatabase extends PostgresDatabase {

  private @Nullable PostgresServer server;
  private @Nullable Connection connection;

  @Override
  protected DSLContext create0() {
    if (connection == null) {
      server = PostgresServer.start();
      connection = migrated(server.dataSource("postgres"));
      String catalogueFile = getProperties().getProperty("catalogueFile");
      if (catalogueFile != null) {
        write(Path.of(catalogueFile), server.dataSource("postgres"));
      }
      setConnection(connection); // comes back here, hence after the assignment
    }
    return DSL.using(connection, SQLDialect.POSTGRES);
  }

  /** Called by the generator also when it has failed. */
  @Override
  public void close() {
    try {
      super.close();
    } finally {
      if (server != null) {
        server.close();
      }
    }
  }

  private static void write(Path file, DataSource dataSource) {
    SchemaCatalogue catalogue = SchemaCatalogue.read(dataSource, MigrationSettings.defaults());
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, catalogue.text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Connection migrated(DataSource dataSource) {
    MigrationSettings settings = MigrationSettings.defaults();
    new Migrations(dataSource, settings).apply();
    try {
      Connection connection = dataSource.getConnection();
      try (Statement statement = connection.createStatement()) {
        statement.execute("DROP TABLE %s.%s".formatted(settings.schema(), settings.historyTable()));
        statement.execute("ALTER EXTENSION pg_trgm SET SCHEMA public");
      }
      return connection;
    } catch (SQLException e) {
      throw new IllegalStateException("the migrated schema cannot be read", e);
    }
  }
}
