package com.example.chat;

import static com.example.chat.schema.chat.Tables.EMAIL_LOG;

import dev.authstore.model.user.User;
import dev.authstore.storage.pg.PgWork;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Which mails were sent, in the unit of work of Authstore. */
public final class EmailLog {

  private final PgWork work;

  EmailLog(PgWork work) {
    this.work = work;
  }

  /** Notes a mail. */
  public void add(User user, String subject) {
    Instant now = work.now();
    UUID id = work.newId(now);
    work.write(
        "email_log.add",
        dsl ->
            dsl.insertInto(EMAIL_LOG)
                .set(EMAIL_LOG.ID, id)
                .set(EMAIL_LOG.USER_ID, user.id())
                .set(EMAIL_LOG.SUBJECT, subject)
                .set(EMAIL_LOG.SENT_AT, now)
                .execute());
  }

  /** The subjects of all mails to somebody, in the order they were sent. */
  public List<String> subjects(User user) {
    return work.read(
        "email_log.subjects",
        dsl ->
            dsl.select(EMAIL_LOG.SUBJECT)
                .from(EMAIL_LOG)
                .where(EMAIL_LOG.USER_ID.eq(user.id()))
                .orderBy(EMAIL_LOG.ID)
                .fetch(EMAIL_LOG.SUBJECT));
  }
}
