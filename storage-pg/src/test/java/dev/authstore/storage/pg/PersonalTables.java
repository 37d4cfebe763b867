package dev.authstore.storage.pg;

import dev.authstore.model.Scope;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.user.User;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.personal.PersonalSessionFilter;
import dev.authstore.storage.personal.PersonalSessionWithToken;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What guards the tables of access for scripts, and what its operations are called with. */
final class PersonalTables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry("personal_sessions_owner_user_id_fk", "NotFoundException from add"),
          Map.entry("personal_sessions_owner_client_id_fk", "NotFoundException from add"),
          Map.entry("personal_sessions_actor_user_id_fk", "NotFoundException from add"),
          Map.entry("personal_sessions_owner_check", "exempt: an owner is one of the two"),
          Map.entry("personal_sessions_human_name_check", "InvalidInputException from add"),
          Map.entry("personal_sessions_scope_check", "exempt: no element is null"),
          Map.entry("personal_sessions_last_active_ip_check", "exempt: written together only"),
          Map.entry(
              "personal_access_tokens_token_digest_key",
              "ConflictException from add; ConstraintViolationException from replace"),
          Map.entry("personal_access_tokens_active_key", "ConflictException from add"),
          Map.entry("personal_access_tokens_session_id_fk", "NotFoundException from add, replace"),
          Map.entry("personal_access_tokens_token_digest_check", "exempt: a digest has 32 bytes"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("personal_sessions", "personal_session.cleanup_revoked"),
          Map.entry("personal_access_tokens", "with personal_sessions, by cascade"));

  private static final String NAME = Fixture.CANARY + " script";

  private PersonalTables() {}

  /** A session with a token, and one without for those who issue it. */
  static void fill(Store store, Fixture fixture) {
    User user = fixture.user();
    PersonalSessionOwner owner = new OwnerUser(user.id());
    PersonalSession without = added(store, owner, user);
    PersonalSession with = added(store, owner, user);
    PersonalAccessToken token =
        store.write(
            repo -> repo.personalAccessTokens().add(with, NAME + " token", Optional.empty()));

    fixture.put(PersonalSessionOwner.class, owner);
    fixture.put(PersonalSession.class, with);
    fixture.put(PersonalAccessToken.class, token);
    fixture.put(
        PersonalSessionFilter.class,
        PersonalSessionFilter.all().actorUser(user.id()).expires(false));
    fixture.put("personal_access_token.add", PersonalSession.class, without);
  }

  /** The list of this group, with so many rows in it. */
  static Map<String, PaginationContractTest.Walked> lists(Store store, int rows) {
    for (int i = 0; i < rows; i++) {
      UUID id = new UUID(i * 0x3000_0000_0000_0000L, i * 0x5000_0000_0000_0000L);
      store.sql(
          """
          INSERT INTO personal_sessions (id, owner_user_id, actor_user_id, human_name, scope, created_at)
          SELECT ?, id, id, 'script', '{}', now() FROM users ORDER BY id LIMIT 1
          """,
          id);
    }
    return Map.of(
        "PersonalSessionRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page ->
                store.<Page<PersonalSessionWithToken>>read(
                    repo -> repo.personalSessions().list(PersonalSessionFilter.all(), page)),
            node -> ((PersonalSessionWithToken) node).session().id()));
  }

  private static PersonalSession added(Store store, PersonalSessionOwner owner, User actor) {
    return store.write(repo -> repo.personalSessions().add(owner, actor, NAME, Scope.EMPTY));
  }
}
