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
import java.util.Optional;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.meta.postgres.PostgresDatabase;
import org.jspecify.annotations.Nullable;

/**
 * What jOOQ generates code from: the schema {@code authstore} of a new database, made by the
 * scripts and by nothing else. Name this class as {@code database} of the generator and give it no
 * connection; {@link PostgresServer} says on which server the database is made.
 *
 * <p>It shows the tables of the model only: neither Flyway's history nor what an extension brought
 * along. Properties that the generator may give it:
 *
 * <ul>
 *   <li>{@code scripts}: where Flyway finds scripts of an application, such as {@code
 *       filesystem:${project.basedir}/src/main/resources/chat}; they are applied after Authstore's.
 *   <li>{@code scripts.schema}: the schema that they are for. It is made if it is missing, and must
 *       be among those that code is generated for.
 *   <li>{@code scripts.placeholder.NAME}: what {@code ${NAME}} in a script stands for.
 *   <li>{@code catalogueFile}: a file to write into what the scripts have made, so that a program
 *       can later tell whether a database still has it.
 * </ul>
 */
public final class SchemaDatabase extends PostgresDatabase {

  private @Nullable PostgresServer server;
  private @Nullable String name;
  private @Nullable Connection connection;

  @Override
  protected DSLContext create0() {
    if (connection == null) {
      PostgresServer chosen = ServerChoice.current().open();
      server = chosen;
      String database = new TestDatabases(chosen).takeEmpty();
      name = database;
      DataSource dataSource = chosen.dataSource(database);
      connection = migrated(dataSource, OwnScripts.of(getProperties()));
      String catalogueFile = getProperties().getProperty("catalogueFile");
      if (catalogueFile != null) {
        write(Path.of(catalogueFile), dataSource);
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
        if (name != null) {
          new TestDatabases(server).drop(name);
        }
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

  private static Connection migrated(DataSource dataSource, Optional<OwnScripts> scripts) {
    MigrationSettings settings = MigrationSettings.defaults();
    new Migrations(dataSource, settings).apply();
    try {
      if (scripts.isPresent()) {
        scripts.get().apply(dataSource);
      }
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
