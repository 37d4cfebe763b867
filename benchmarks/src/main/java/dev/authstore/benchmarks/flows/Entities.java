package dev.authstore.benchmarks.flows;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToOne;
import jakarta.persistence.Table;
import java.net.InetAddress;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.NullUnmarked;

/**
 * Authstore's tables as a user of Hibernate maps them: an entity for each, lazy references, ids
 * given by the program.
 */
@NullUnmarked // Hibernate sets the fields
final class Entities {
  private Entities() {}

  static Class<?>[] all() {
    return new Class<?>[] {
      Client.class, User.class, Password.class, BrowserSession.class, Authentication.class,
      ClientSession.class, AccessToken.class, RefreshToken.class, Grant.class, DeviceGrant.class,
    };
  }

  @Entity(name = "Client")
  @Table(name = "oauth2_clients")
  static class Client {
    @Id UUID id;
    String metadataDigest;
    String encryptedClientSecret;
    String applicationType;
    String[] redirectUris;
    String[] grantTypes;
    String clientName;
    String logoUri;
    String clientUri;
    String policyUri;
    String tosUri;
    String jwksUri;

    @JdbcTypeCode(SqlTypes.JSON)
    String jwks;

    String idTokenSignedResponseAlg;
    String userinfoSignedResponseAlg;
    String tokenEndpointAuthMethod;
    String tokenEndpointAuthSigningAlg;
    String initiateLoginUri;
    boolean isStatic;
  }

  @Entity(name = "User")
  @Table(name = "users")
  static class User {
    @Id UUID id;
    String username;
    String usernameFolded;
    Instant createdAt;
    Instant lockedAt;
    Instant deactivatedAt;
    boolean canRequestAdmin;
    boolean isGuest;
  }

  @Entity(name = "Password")
  @Table(name = "user_passwords")
  static class Password {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    User user;

    String hashedPassword;
    int version;
    UUID upgradedFromId;
    Instant createdAt;
    Instant supersededAt;
  }

  @Entity(name = "BrowserSession")
  @Table(name = "browser_sessions")
  static class BrowserSession {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    User user;

    Instant createdAt;
    Instant finishedAt;
    String userAgent;
    Instant lastActiveAt;
    InetAddress lastActiveIp;
  }

  @Entity(name = "Authentication")
  @Table(name = "browser_session_authentications")
  static class Authentication {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    BrowserSession browserSession;

    Instant createdAt;
    UUID userPasswordId;
    UUID upstreamSessionId;
  }

  @Entity(name = "ClientSession")
  @Table(name = "oauth2_sessions")
  @DynamicUpdate
  static class ClientSession {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    Client client;

    @ManyToOne(fetch = FetchType.LAZY)
    User user;

    @ManyToOne(fetch = FetchType.LAZY)
    BrowserSession browserSession;

    String[] scope;
    Instant createdAt;
    Instant finishedAt;
    String userAgent;
    String humanName;
    Instant lastActiveAt;
    InetAddress lastActiveIp;
  }

  @Entity(name = "AccessToken")
  @Table(name = "oauth2_access_tokens")
  @DynamicUpdate
  static class AccessToken {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    ClientSession session;

    byte[] tokenDigest;
    Instant createdAt;
    Instant expiresAt;
    Instant revokedAt;
    Instant firstUsedAt;
  }

  @Entity(name = "RefreshToken")
  @Table(name = "oauth2_refresh_tokens")
  @DynamicUpdate
  static class RefreshToken {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    ClientSession session;

    @ManyToOne(fetch = FetchType.LAZY)
    AccessToken accessToken;

    @OneToOne(fetch = FetchType.LAZY)
    RefreshToken nextRefreshToken;

    byte[] tokenDigest;
    Instant createdAt;
    Instant consumedAt;
    Instant revokedAt;
  }

  @Entity(name = "Grant")
  @Table(name = "oauth2_authorization_grants")
  @DynamicUpdate
  static class Grant {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    Client client;

    @ManyToOne(fetch = FetchType.LAZY)
    ClientSession session;

    @ManyToOne(fetch = FetchType.LAZY)
    BrowserSession browserSession;

    String redirectUri;
    String[] scope;
    String responseMode;
    byte[] codeDigest;
    String codeChallenge;
    String codeChallengeMethod;
    String state;
    String nonce;
    String loginHint;
    String locale;
    Instant createdAt;
    Instant fulfilledAt;
    Instant exchangedAt;
    Instant cancelledAt;
  }

  @Entity(name = "DeviceGrant")
  @Table(name = "oauth2_device_code_grants")
  @DynamicUpdate
  static class DeviceGrant {
    @Id UUID id;

    @ManyToOne(fetch = FetchType.LAZY)
    Client client;

    @ManyToOne(fetch = FetchType.LAZY)
    ClientSession session;

    @ManyToOne(fetch = FetchType.LAZY)
    BrowserSession browserSession;

    String[] scope;
    String userCode;
    byte[] deviceCodeDigest;
    Instant createdAt;
    Instant expiresAt;
    Instant fulfilledAt;
    Instant rejectedAt;
    Instant exchangedAt;
    InetAddress ipAddress;
    String userAgent;
    String locale;
  }
}
