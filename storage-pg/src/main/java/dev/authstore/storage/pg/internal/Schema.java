package dev.authstore.storage.pg.internal;

import dev.authstore.storage.pg.schema.Authstore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.QueryPart;
import org.jooq.SQLDialect;
import org.jooq.conf.MappedSchema;
import org.jooq.conf.RenderMapping;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;

/**
 * One schema of the database: it is written in front of every table, so that no statement depends
 * on a search path. Shared by all units of work.
 */
public final class Schema {
  // Not a character of SQL, so that parameters are found in rendered text without parsing it.
  private static final char PARAMETER = '\u0001';

  private final String name;
  private final Configuration configuration;
  private final DSLContext namingRenderer;
  private final Map<Statement<?>, RenderedStatement> rendered = new ConcurrentHashMap<>();

  public Schema(String name) {
    this.name = name;
    this.configuration = new DefaultConfiguration().set(SQLDialect.POSTGRES).set(settings(name));
    this.namingRenderer =
        DSL.using(
            configuration.derive(
                settings(name).withRenderNamedParamPrefix(String.valueOf(PARAMETER))));
  }

  public String name() {
    return name;
  }

  Configuration configuration() {
    return configuration;
  }

  RenderedStatement render(Statement<?> statement) {
    RenderedStatement found = rendered.get(statement);
    return found != null ? found : rendered.computeIfAbsent(statement, s -> render(s.query()));
  }

  /** What depends on a filter: a statement, or the condition of one. */
  RenderedStatement render(QueryPart part) {
    return RenderedStatement.of(namingRenderer, part, PARAMETER);
  }

  private static Settings settings(String schema) {
    return new Settings()
        .withRenderMapping(
            new RenderMapping()
                .withSchemata(
                    new MappedSchema().withInput(Authstore.AUTHSTORE.getName()).withOutput(schema)))
        .withExecuteLogging(false) // jOOQ would log the values
        .withFetchWarnings(false);
  }
}
