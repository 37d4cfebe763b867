package dev.authstore.benchmarks.operations;

import dev.authstore.model.Addresses;
import dev.authstore.model.Device;
import dev.authstore.model.Json;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.Pkce;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSessionStage;
import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AccessTokenStage;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.oauth2.OAuth2SessionStage;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalAccessTokenStage;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.personal.PersonalSessionStage;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.BrowserSessionStage;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Records from the columns of a row, the first of which has the number given. */
final class Rows {
  private Rows() {}

  static User user(ResultSet rows, int first) throws SQLException {
    return new User(
        rows.getObject(first, UUID.class),
        rows.getString(first + 1),
        instant(rows, first + 2),
        findInstant(rows, first + 3),
        findInstant(rows, first + 4),
        rows.getBoolean(first + 5),
        rows.getBoolean(first + 6));
  }

  static Password password(ResultSet rows, int first) throws SQLException {
    return new Password(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        rows.getString(first + 2),
        rows.getInt(first + 3),
        find(rows, first + 4),
        instant(rows, first + 5));
  }

  /** With the columns of its user behind its own. */
  static BrowserSession browserSession(ResultSet rows, int first) throws SQLException {
    return new BrowserSession(
        rows.getObject(first, UUID.class),
        user(rows, first + 6),
        instant(rows, first + 1),
        findInstant(rows, first + 2)
            .<BrowserSessionStage>map(BrowserSessionStage.Finished::new)
            .orElseGet(BrowserSessionStage.Active::new),
        text(rows, first + 3),
        findInstant(rows, first + 4),
        text(rows, first + 5, Addresses::parse));
  }

  static Authentication authentication(ResultSet rows, int first) throws SQLException {
    Optional<AuthenticationMethod> byPassword =
        find(rows, first + 3).map(AuthenticationMethod.Password::new);
    Optional<AuthenticationMethod> byUpstream =
        find(rows, first + 4).map(AuthenticationMethod.UpstreamOAuth2::new);
    return new Authentication(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        instant(rows, first + 2),
        byPassword.or(() -> byUpstream).orElseGet(AuthenticationMethod.Unknown::new));
  }

  static OAuth2Session session(ResultSet rows, int first) throws SQLException {
    return new OAuth2Session(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        find(rows, first + 2),
        find(rows, first + 3),
        Scope.of(texts(rows, first + 4)),
        instant(rows, first + 5),
        findInstant(rows, first + 6)
            .<OAuth2SessionStage>map(OAuth2SessionStage.Finished::new)
            .orElseGet(OAuth2SessionStage.Valid::new),
        text(rows, first + 7),
        text(rows, first + 8),
        findInstant(rows, first + 9),
        text(rows, first + 10, Addresses::parse));
  }

  static OAuth2AccessToken accessToken(ResultSet rows, int first) throws SQLException {
    return new OAuth2AccessToken(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        instant(rows, first + 2),
        findInstant(rows, first + 3),
        findInstant(rows, first + 4)
            .<OAuth2AccessTokenStage>map(OAuth2AccessTokenStage.Revoked::new)
            .orElseGet(OAuth2AccessTokenStage.Valid::new),
        findInstant(rows, first + 5));
  }

  static OAuth2RefreshToken refreshToken(ResultSet rows, int first) throws SQLException {
    Optional<Instant> consumedAt = findInstant(rows, first + 4);
    Optional<Instant> revokedAt = findInstant(rows, first + 6);
    OAuth2RefreshTokenStage unconsumed =
        revokedAt
            .<OAuth2RefreshTokenStage>map(OAuth2RefreshTokenStage.Revoked::new)
            .orElseGet(OAuth2RefreshTokenStage.Valid::new);
    return new OAuth2RefreshToken(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        find(rows, first + 2),
        instant(rows, first + 3),
        consumedAt.isPresent()
            ? new OAuth2RefreshTokenStage.Consumed(consumedAt.get(), find(rows, first + 5))
            : unconsumed);
  }

  static OAuth2Client client(ResultSet rows, int first) throws SQLException {
    return new OAuth2Client(
        rows.getObject(first, UUID.class),
        text(rows, first + 1),
        text(rows, first + 2),
        text(rows, first + 3, ApplicationType::new),
        Arrays.stream(texts(rows, first + 4)).map(URI::create).toList(),
        grantTypes(texts(rows, first + 5)),
        text(rows, first + 6),
        text(rows, first + 7, URI::create),
        text(rows, first + 8, URI::create),
        text(rows, first + 9, URI::create),
        text(rows, first + 10, URI::create),
        jwks(rows, first + 11),
        text(rows, first + 13, JwsAlgorithm::new),
        text(rows, first + 14, JwsAlgorithm::new),
        text(rows, first + 15, ClientAuthMethod::new),
        text(rows, first + 16, JwsAlgorithm::new),
        text(rows, first + 17, URI::create),
        rows.getBoolean(first + 18));
  }

  static OAuth2AuthorizationGrant grant(ResultSet rows, int first) throws SQLException {
    Optional<Pkce> pkce =
        text(rows, first + 10).isPresent()
            ? Optional.of(
                new Pkce(
                    Pkce.Method.valueOf(rows.getString(first + 10)), rows.getString(first + 9)))
            : Optional.empty();
    return new OAuth2AuthorizationGrant(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        URI.create(rows.getString(first + 4)),
        Scope.of(texts(rows, first + 5)),
        rows.getBoolean(first + 6) ? Optional.of(new CodeRequest(pkce)) : Optional.empty(),
        text(rows, first + 11),
        text(rows, first + 12),
        ResponseMode.valueOf(rows.getString(first + 8).toUpperCase(Locale.ROOT)),
        rows.getBoolean(first + 7),
        text(rows, first + 13),
        text(rows, first + 14),
        strings(rows.getString(first + 15)),
        instant(rows, first + 16),
        grantStage(rows, first));
  }

  private static OAuth2AuthorizationGrantStage grantStage(ResultSet rows, int first)
      throws SQLException {
    Optional<Instant> cancelledAt = findInstant(rows, first + 19);
    if (cancelledAt.isPresent()) {
      return new OAuth2AuthorizationGrantStage.Cancelled(cancelledAt.get());
    }
    Optional<Instant> fulfilledAt = findInstant(rows, first + 17);
    if (fulfilledAt.isEmpty()) {
      return new OAuth2AuthorizationGrantStage.Pending();
    }
    Optional<Instant> exchangedAt = findInstant(rows, first + 18);
    return exchangedAt.isPresent()
        ? new OAuth2AuthorizationGrantStage.Exchanged(
            rows.getObject(first + 2, UUID.class), fulfilledAt.get(), exchangedAt.get())
        : new OAuth2AuthorizationGrantStage.Fulfilled(
            rows.getObject(first + 3, UUID.class), fulfilledAt.get());
  }

  /** One that has been exchanged. */
  static OAuth2DeviceCodeGrant deviceGrant(ResultSet rows, int first) throws SQLException {
    return new OAuth2DeviceCodeGrant(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        Scope.of(texts(rows, first + 4)),
        rows.getString(first + 5),
        instant(rows, first + 6),
        instant(rows, first + 7),
        new OAuth2DeviceCodeGrantStage.Exchanged(
            rows.getObject(first + 3, UUID.class),
            instant(rows, first + 8),
            instant(rows, first + 10),
            rows.getObject(first + 2, UUID.class)),
        text(rows, first + 11, Addresses::parse),
        text(rows, first + 12),
        text(rows, first + 13));
  }

  static CompatAccessToken compatToken(ResultSet rows, int first) throws SQLException {
    return new CompatAccessToken(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        instant(rows, first + 2),
        findInstant(rows, first + 3));
  }

  static CompatSession compatSession(ResultSet rows, int first) throws SQLException {
    return new CompatSession(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        text(rows, first + 2, Device::new),
        find(rows, first + 3),
        text(rows, first + 4),
        rows.getBoolean(first + 5),
        instant(rows, first + 6),
        findInstant(rows, first + 7)
            .<CompatSessionStage>map(CompatSessionStage.Finished::new)
            .orElseGet(CompatSessionStage.Valid::new),
        text(rows, first + 8),
        findInstant(rows, first + 9),
        text(rows, first + 10, Addresses::parse));
  }

  static PersonalAccessToken personalToken(ResultSet rows, int first) throws SQLException {
    return new PersonalAccessToken(
        rows.getObject(first, UUID.class),
        rows.getObject(first + 1, UUID.class),
        instant(rows, first + 2),
        findInstant(rows, first + 3),
        findInstant(rows, first + 4)
            .<PersonalAccessTokenStage>map(PersonalAccessTokenStage.Revoked::new)
            .orElseGet(PersonalAccessTokenStage.Valid::new));
  }

  static PersonalSession personalSession(ResultSet rows, int first) throws SQLException {
    Optional<PersonalSessionOwner> user =
        find(rows, first + 1).map(PersonalSessionOwner.OwnerUser::new);
    return new PersonalSession(
        rows.getObject(first, UUID.class),
        user.isPresent()
            ? user.get()
            : new PersonalSessionOwner.OwnerOAuth2Client(rows.getObject(first + 2, UUID.class)),
        rows.getObject(first + 3, UUID.class),
        rows.getString(first + 4),
        Scope.of(texts(rows, first + 5)),
        instant(rows, first + 6),
        findInstant(rows, first + 7)
            .<PersonalSessionStage>map(PersonalSessionStage.Revoked::new)
            .orElseGet(PersonalSessionStage.Valid::new),
        findInstant(rows, first + 8),
        text(rows, first + 9, Addresses::parse));
  }

  private static Map<String, String> strings(String json) {
    Map<String, String> strings = new TreeMap<>();
    Json.parse(json)
        .members()
        .forEach((name, value) -> strings.put(name, value.asString().orElseThrow()));
    return strings;
  }

  private static Optional<JwksSource> jwks(ResultSet rows, int first) throws SQLException {
    Optional<JwksSource> remote = text(rows, first, uri -> new JwksSource.Remote(URI.create(uri)));
    Optional<JwksSource> inline =
        text(rows, first + 1, json -> new JwksSource.Inline(Json.parse(json)));
    return remote.isPresent() ? remote : inline;
  }

  private static Set<GrantType> grantTypes(String[] texts) {
    Set<GrantType> types = new HashSet<>();
    for (String text : texts) {
      types.add(new GrantType(text));
    }
    return types;
  }

  private static String[] texts(ResultSet rows, int column) throws SQLException {
    return (String[]) rows.getArray(column).getArray();
  }

  private static Optional<String> text(ResultSet rows, int column) throws SQLException {
    return Optional.ofNullable(rows.getString(column));
  }

  private static <T> Optional<T> text(
      ResultSet rows, int column, Function<String, ? extends T> reader) throws SQLException {
    String text = rows.getString(column);
    return text == null ? Optional.empty() : Optional.of(reader.apply(text));
  }

  private static Optional<UUID> find(ResultSet rows, int column) throws SQLException {
    return Optional.ofNullable(rows.getObject(column, UUID.class));
  }

  private static Instant instant(ResultSet rows, int column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static Optional<Instant> findInstant(ResultSet rows, int column) throws SQLException {
    @Nullable OffsetDateTime time = rows.getObject(column, OffsetDateTime.class);
    return time == null ? Optional.empty() : Optional.of(time.toInstant());
  }
}
