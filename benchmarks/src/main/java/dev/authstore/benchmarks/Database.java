package dev.authstore.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageLimits;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** A database of the server that a run has started. */
public record Database(DatabaseConfig config) {

  public DataSource dataSource() {
    return config.dataSource();
  }

  /** The schema of Authstore's tables. */
  public String schema() {
    return config.schema();
  }

  /** Creates Authstore's tables. */
  public void migrate() {
    new Migrations(dataSource(), MigrationSettings.defaults().schema(schema())).apply();
  }

  /**
   * Authstore on these tables, by connections of the caller's. Its authorization codes live as long
   * as a run may take.
   */
  @SuppressWarnings("resource") // closing it would do nothing: the connections are the caller's
  public RepositoryFactory repositories(DataSource connections) {
    StorageSettings settings =
        StorageSettings.defaults()
            .limits(StorageLimits.defaults().authorizationCodeLifetime(Duration.ofDays(1)));
    return Authstore.using(connections, schema(), settings).repositories();
  }

  /** Runs statements on one connection. */
  public void execute(String... statements) throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  public long number(String sql) throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  public String text(String sql) throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  public List<UUID> ids(String sql) throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<UUID> ids = new ArrayList<>();
      while (rows.next()) {
        ids.add(rows.getObject(1, UUID.class));
      }
      return ids;
    }
  }

  /** Connections in Authstore's schema, all open from the start. */
  public HikariDataSource pool(int size) {
    return pool(size, schema());
  }

  public HikariDataSource pool(int size, String searchPath) {
    HikariConfig pool = new HikariConfig();
    pool.setDataSource(dataSource());
    pool.setSchema(searchPath);
    pool.setMaximumPoolSize(size);
    pool.setMinimumIdle(size);
    return new HikariDataSource(pool);
  }
}
