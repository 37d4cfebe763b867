package dev.authstore.model.app;

import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.oauth2.OAuth2Session;
import java.time.Instant;
import java.util.UUID;

/** A session of an application, whichever API it came by. */
public sealed interface AppSession {
  /** One of OAuth 2.0. */
  record OAuth2AppSession(OAuth2Session session) implements AppSession {
    @Override
    public UUID id() {
      return session.id();
    }

    @Override
    public Instant createdAt() {
      return session.createdAt();
    }

    @Override
    public boolean isActive() {
      return session.isValid();
    }
  }

  /** One of the older login API. */
  record CompatAppSession(CompatSession session) implements AppSession {
    @Override
    public UUID id() {
      return session.id();
    }

    @Override
    public Instant createdAt() {
      return session.createdAt();
    }

    @Override
    public boolean isActive() {
      return session.isValid();
    }
  }

  UUID id();

  Instant createdAt();

  /** Whether it has not ended. Its user may be locked or deactivated all the same. */
  boolean isActive();
}
