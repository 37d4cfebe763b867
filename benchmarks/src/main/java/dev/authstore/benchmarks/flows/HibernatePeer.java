package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.benchmarks.flows.Entities.AccessToken;
import dev.authstore.benchmarks.flows.Entities.BrowserSession;
import dev.authstore.benchmarks.flows.Entities.Client;
import dev.authstore.benchmarks.flows.Entities.ClientSession;
import dev.authstore.benchmarks.flows.Entities.DeviceGrant;
import dev.authstore.benchmarks.flows.Entities.Grant;
import dev.authstore.benchmarks.flows.Entities.Password;
import dev.authstore.benchmarks.flows.Entities.RefreshToken;
import dev.authstore.model.Addresses;
import dev.authstore.model.IdGenerator;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import jakarta.persistence.LockModeType;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.boot.model.naming.PhysicalNamingStrategySnakeCaseImpl;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.jpa.HibernatePersistenceConfiguration;

/**
 * Hibernate on Authstore's tables, as its users write it: one transaction for each flow, what is
 * shown is fetched with what it refers to, what is used up is locked, changes are made to entities
 * and flushed in batches.
 */
final class HibernatePeer implements Peer {
  private static final Duration TTL = Duration.ofMinutes(5);
  private static final int BATCH = 50;
  private static final int LOADED = 500;

  private final SessionFactory factory;
  private final Share share;
  private final Ids ids;
  private final Expired expired;
  private final SecureRandom random = new SecureRandom();
  private final IdGenerator newIds = new IdGenerator(random);

  HibernatePeer(DataSource dataSource, Share share, Ids ids, Expired expired) {
    this.factory =
        new HibernatePersistenceConfiguration("flows")
            .managedClasses(Entities.all())
            .property(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, dataSource)
            .property(
                AvailableSettings.PHYSICAL_NAMING_STRATEGY,
                PhysicalNamingStrategySnakeCaseImpl.class.getName())
            .property(AvailableSettings.STATEMENT_BATCH_SIZE, BATCH)
            .property(AvailableSettings.ORDER_UPDATES, true)
            .createEntityManagerFactory();
    this.share = share;
    this.ids = ids;
    this.expired = expired;
  }

  @Override
  public String title() {
    return "Hibernate 7";
  }

  @Override
  public Set<Flow> flows() {
    return EnumSet.allOf(Flow.class);
  }

  @Override
  public void prepare(Flow flow) throws SQLException {
    expired.prepare(flow);
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case INTROSPECTION -> factory.fromTransaction(this::introspect);
      case CODE_EXCHANGE -> factory.fromTransaction(this::exchange);
      case REFRESH -> factory.fromTransaction(this::refresh);
      case CLIENT_CREDENTIALS -> factory.fromTransaction(this::startClientCredentials);
      case DEVICE_EXCHANGE -> factory.fromTransaction(this::exchangeDevice);
      case LOGIN -> factory.fromTransaction(this::findForLogin);
      case SESSIONS -> factory.fromTransaction(this::sessions);
      case ACTIVITY -> factory.fromTransaction(this::recordActivity);
      case CLEANUP -> expired.require(factory.fromTransaction(this::cleanUp));
    };
  }

  @Override
  public void close() {
    factory.close();
  }

  private AccessToken introspect(Session session) {
    return session
        .createSelectionQuery(
            """
            from AccessToken t join fetch t.session s join fetch s.client left join fetch s.user
            where t.tokenDigest = :digest
            """,
            AccessToken.class)
        .setParameter("digest", digest(share.accessToken()))
        .getSingleResult();
  }

  private Object exchange(Session session) {
    int number = share.nextCode();
    Client client = client(session, ids.client(number));
    Grant grant =
        session
            .createSelectionQuery(
                """
                from Grant g join fetch g.browserSession b join fetch b.user
                where g.codeDigest = :digest
                """,
                Grant.class)
            .setParameter("digest", digest(Texts.code(number)))
            .setLockMode(LockModeType.PESSIMISTIC_WRITE)
            .getSingleResult();
    ClientSession begun = begin(session, client, grant.scope, grant.browserSession);
    grant.session = begun;
    grant.exchangedAt = begun.createdAt;
    return List.of(grant, begun);
  }

  private Object exchangeDevice(Session session) {
    int number = share.nextDeviceCode();
    Client client = client(session, ids.client(number));
    DeviceGrant grant =
        session
            .createSelectionQuery(
                """
                from DeviceGrant g join fetch g.browserSession b join fetch b.user
                where g.deviceCodeDigest = :digest
                """,
                DeviceGrant.class)
            .setParameter("digest", digest(Texts.deviceCode(number)))
            .setLockMode(LockModeType.PESSIMISTIC_WRITE)
            .getSingleResult();
    ClientSession begun = begin(session, client, grant.scope, grant.browserSession);
    grant.session = begun;
    grant.exchangedAt = begun.createdAt;
    return List.of(grant, begun);
  }

  private ClientSession begin(
      Session session, Client client, String[] scope, BrowserSession browserSession) {
    ClientSession begun = newSession(client, scope);
    begun.browserSession = browserSession;
    begun.user = browserSession.user;
    session.persist(begun);
    AccessToken accessToken = newAccessToken(begun);
    session.persist(accessToken);
    session.persist(newRefreshToken(accessToken, TokenKind.REFRESH_TOKEN.generate(random)));
    return begun;
  }

  private Object refresh(Session session) {
    Client client = client(session, ids.client(share.nextRefreshed()));
    RefreshToken token =
        session
            .createSelectionQuery(
                """
                from RefreshToken t join fetch t.session join fetch t.accessToken
                where t.tokenDigest = :digest
                """,
                RefreshToken.class)
            .setParameter("digest", digest(share.refreshToken()))
            .setLockMode(LockModeType.PESSIMISTIC_WRITE)
            .getSingleResult();
    AccessToken accessToken = newAccessToken(token.session);
    session.persist(accessToken);
    String text = TokenKind.REFRESH_TOKEN.generate(random);
    RefreshToken successor = newRefreshToken(accessToken, text);
    session.persist(successor);
    token.consumedAt = successor.createdAt;
    token.nextRefreshToken = successor;
    token.accessToken.revokedAt = successor.createdAt;
    share.refreshed(text);
    return List.of(client, successor);
  }

  private Object startClientCredentials(Session session) {
    Client client = client(session, ids.client(share.client()));
    ClientSession begun = newSession(client, new String[] {AuthstorePeer.SCOPE});
    session.persist(begun);
    AccessToken accessToken = newAccessToken(begun);
    session.persist(accessToken);
    return List.of(begun, accessToken);
  }

  private Password findForLogin(Session session) {
    return session
        .createSelectionQuery(
            """
            from Password p join fetch p.user u
            where u.usernameFolded = :name and p.supersededAt is null
            """,
            Password.class)
        .setParameter("name", Texts.username(share.account()))
        .getSingleResult();
  }

  private List<ClientSession> sessions(Session session) {
    return session
        .createSelectionQuery(
            "from ClientSession s where s.user.id = :user order by s.id", ClientSession.class)
        .setParameter("user", ids.account(share.account()))
        .setMaxResults(Expired.PAGE)
        .getResultList();
  }

  private Object recordActivity(Session session) {
    Instant now = now();
    InetAddress ip = Addresses.parse(AuthstorePeer.IP);
    List<UUID> active = ids.sessions();
    for (int from = 0; from < active.size(); from += LOADED) {
      session
          .createSelectionQuery("from ClientSession s where s.id in :ids", ClientSession.class)
          .setParameterList("ids", active.subList(from, Math.min(from + LOADED, active.size())))
          .getResultList()
          .forEach(
              loaded -> {
                loaded.lastActiveAt = now;
                loaded.lastActiveIp = ip;
              });
      session.flush();
      session.clear();
    }
    return now;
  }

  private int cleanUp(Session session) {
    return session
        .createMutationQuery("delete from AccessToken t where t.expiresAt < :until")
        .setParameter("until", Expired.until())
        .executeUpdate();
  }

  private static Client client(Session session, UUID id) {
    Client client = session.find(Client.class, id);
    if (client == null) {
      throw new IllegalStateException("no client");
    }
    return client;
  }

  private ClientSession newSession(Client client, String[] scope) {
    ClientSession session = new ClientSession();
    session.createdAt = now();
    session.id = newIds.next(session.createdAt);
    session.client = client;
    session.scope = scope;
    session.userAgent = AuthstoreTables.USER_AGENT;
    return session;
  }

  private AccessToken newAccessToken(ClientSession session) {
    AccessToken token = new AccessToken();
    token.createdAt = now();
    token.id = newIds.next(token.createdAt);
    token.session = session;
    token.tokenDigest = digest(TokenKind.ACCESS_TOKEN.generate(random));
    token.expiresAt = token.createdAt.plus(TTL);
    return token;
  }

  private RefreshToken newRefreshToken(AccessToken accessToken, String text) {
    RefreshToken token = new RefreshToken();
    token.createdAt = accessToken.createdAt;
    token.id = newIds.next(token.createdAt);
    token.session = accessToken.session;
    token.accessToken = accessToken;
    token.tokenDigest = digest(text);
    return token;
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS);
  }

  private static byte[] digest(String text) {
    return TokenDigest.of(text).toBytes();
  }
}
