package dev.authstore.benchmarks.operations;

import dev.authstore.model.Addresses;
import dev.authstore.model.Json;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AccessTokenStage;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.oauth2.OAuth2SessionStage;
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
import java.util.Optional;
import java.util.Set;
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

  static BrowserSession browserSession(ResultSet rows) throws SQLException {
    return new BrowserSession(
        rows.getObject(1, UUID.class),
        user(rows, 7),
        instant(rows, 2),
        findInstant(rows, 3)
            .<BrowserSessionStage>map(BrowserSessionStage.Finished::new)
            .orElseGet(BrowserSessionStage.Active::new),
        text(rows, 4),
        findInstant(rows, 5),
        text(rows, 6, Addresses::parse));
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
