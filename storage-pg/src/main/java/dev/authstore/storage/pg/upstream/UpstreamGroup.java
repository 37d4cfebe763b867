package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static org.jooq.impl.DSL.jsonbGetAttributeAsText;

import dev.authstore.model.Texts;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import org.jooq.Condition;
import org.jooq.JSONB;
import org.jooq.impl.DSL;

/** What other groups use of this one. */
public final class UpstreamGroup {
  private UpstreamGroup() {}

  /** The upstream authorization sessions a filter selects, as a condition on their table. */
  public static Condition matching(UpstreamOAuthSessionFilter filter) {
    return Conditions.all(
        filter.provider().map(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID::eq),
        filter.sub().map(value -> claim("sub", value)),
        filter.sid().map(value -> claim("sid", value)));
  }

  private static Condition claim(String name, String value) {
    return Texts.isStorable(value, Integer.MAX_VALUE)
        ? jsonbGetAttributeAsText(
                UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN_CLAIMS.coerce(JSONB.class),
                DSL.inline(name))
            .eq(value)
        : DSL.falseCondition();
  }
}
