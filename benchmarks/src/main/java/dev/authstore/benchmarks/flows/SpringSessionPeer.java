package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.data.Texts;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.Session;
import org.springframework.session.jdbc.JdbcIndexedSessionRepository;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Spring Session's JDBC repository on its own tables as shipped: one session, with the context that
 * Spring Security keeps there, for each authorization. It records activity as each request does: it
 * loads the session and saves it.
 */
final class SpringSessionPeer implements Peer {
  private static final String SCRIPT = "org/springframework/session/jdbc/schema-postgresql.sql";
  private static final String CONTEXT = "SPRING_SECURITY_CONTEXT";
  private static final Duration LIFETIME = Duration.ofDays(30);

  private final Database database;
  private final JdbcIndexedSessionRepository sessions;
  private final Share share;
  private final List<UUID> active;
  private final Expired expired;

  SpringSessionPeer(Database database, DataSource pool, Share share, Ids ids, Expired expired) {
    this.database = database;
    this.sessions = repository(pool);
    this.share = share;
    this.active = ids.sessions();
    this.expired = expired;
  }

  /**
   * Creates and fills the tables.
   *
   * @param pool its search path begins with the schema
   */
  static void fill(Database database, DataSource pool, String schema, Population population)
      throws SQLException {
    database.execute("CREATE SCHEMA " + schema);
    new ResourceDatabasePopulator(new ClassPathResource(SCRIPT)).execute(pool);
    saveTemplate(repository(pool));
    database.execute(
        "SET search_path TO %s, population".formatted(schema),
        multiplied("a.session_id", "'user' || a.n %% %d".formatted(population.accounts())),
        "INSERT INTO spring_session_attributes SELECT a.session_id, t.attribute_name, t.attribute_bytes"
            + " FROM authorizations a, spring_session_attributes t",
        "DELETE FROM spring_session WHERE principal_name = 'template'",
        "VACUUM ANALYZE spring_session, spring_session_attributes");
  }

  @Override
  public String title() {
    return "Spring Session JDBC";
  }

  @Override
  public Set<Flow> flows() {
    return EnumSet.range(Flow.SESSIONS, Flow.CLEANUP);
  }

  @Override
  public void prepare(Flow flow) throws SQLException {
    if (flow == Flow.CLEANUP) {
      database.execute(
          "SET search_path TO " + FlowsSection.SPRING_SESSION,
          """
          INSERT INTO spring_session
          SELECT 'x' || i, 'x' || i, t.creation_time, t.last_access_time, 60, i, t.principal_name
          FROM generate_series(1, %d) i, (SELECT * FROM spring_session LIMIT 1) t
          """
              .formatted(expired.count()),
          """
          INSERT INTO spring_session_attributes
          SELECT 'x' || i, t.attribute_name, t.attribute_bytes
          FROM generate_series(1, %d) i, (SELECT * FROM spring_session_attributes LIMIT 1) t
          """
              .formatted(expired.count()),
          "VACUUM ANALYZE spring_session, spring_session_attributes");
    }
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case SESSIONS -> found(Texts.username(share.account()));
      case ACTIVITY -> recordActivity(sessions);
      case CLEANUP -> {
        sessions.cleanUpExpiredSessions();
        yield expired.count();
      }
      case INTROSPECTION, CODE_EXCHANGE, REFRESH, CLIENT_CREDENTIALS, DEVICE_EXCHANGE, LOGIN ->
          throw new IllegalArgumentException("has no " + flow);
    };
  }

  private Map<String, ? extends Session> found(String principal) {
    return sessions.findByIndexNameAndIndexValue(
        FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, principal);
  }

  private <S extends Session> Object recordActivity(
      FindByIndexNameSessionRepository<S> repository) {
    Instant now = Instant.now();
    for (UUID id : active) {
      S session = repository.findById(id.toString());
      if (session == null) {
        throw new IllegalStateException("no session");
      }
      session.setLastAccessedTime(now);
      repository.save(session);
    }
    return now;
  }

  private static JdbcIndexedSessionRepository repository(DataSource pool) {
    JdbcIndexedSessionRepository repository =
        new JdbcIndexedSessionRepository(
            new JdbcTemplate(pool),
            new TransactionTemplate(new DataSourceTransactionManager(pool)));
    repository.setDefaultMaxInactiveInterval(LIFETIME);
    return repository;
  }

  private static <S extends Session> void saveTemplate(
      FindByIndexNameSessionRepository<S> repository) {
    S template = repository.createSession();
    template.setAttribute(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, "template");
    template.setAttribute(
        CONTEXT,
        new SecurityContextImpl(
            UsernamePasswordAuthenticationToken.authenticated(
                "user", null, List.of(new SimpleGrantedAuthority("ROLE_USER")))));
    repository.save(template);
  }

  private static String multiplied(String id, String principal) {
    return """
    INSERT INTO spring_session
    SELECT %1$s, %1$s, t.creation_time, t.last_access_time, t.max_inactive_interval, t.expiry_time, %2$s
    FROM authorizations a, spring_session t
    """
        .formatted(id, principal);
  }
}
