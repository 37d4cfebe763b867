package com.example.chat;

import static com.example.chat.schema.authstore.Tables.USERS;
import static com.example.chat.schema.chat.Tables.CHANNELS;
import static com.example.chat.schema.chat.Tables.MESSAGES;

import dev.authstore.model.user.User;
import dev.authstore.storage.pg.PgWork;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Record;

/** Channels and their messages, in the unit of work of Authstore. */
public final class Channels {

  private final PgWork work;

  Channels(PgWork work) {
    this.work = work;
  }

  /** Empty if the name is taken; the unit of work goes on then. */
  public Optional<Channel> add(User owner, String name) {
    Instant now = work.now();
    UUID id = work.newId(now);
    return work.write(
        "channel.add",
        dsl ->
            dsl.insertInto(CHANNELS)
                .set(CHANNELS.ID, id)
                .set(CHANNELS.OWNER_ID, owner.id())
                .set(CHANNELS.NAME, name)
                .set(CHANNELS.CREATED_AT, now)
                .onConflict(CHANNELS.NAME)
                .doNothing()
                .returning()
                .fetchOptional(Channels::channel));
  }

  /** Adds a message. */
  public UUID say(Channel channel, User author, String text) {
    Instant now = work.now();
    UUID id = work.newId(now);
    return work.write(
        "channel.say",
        dsl -> {
          dsl.insertInto(MESSAGES)
              .set(MESSAGES.ID, id)
              .set(MESSAGES.CHANNEL_ID, channel.id())
              .set(MESSAGES.AUTHOR_ID, author.id())
              .set(MESSAGES.TEXT, text)
              .set(MESSAGES.SENT_AT, now)
              .execute();
          return id;
        });
  }

  /** The latest messages, oldest first, with the names of those who wrote them. */
  public List<Message> latest(Channel channel, int count) {
    return work.read(
        "channel.latest",
        dsl ->
            dsl
                .select(MESSAGES.ID, USERS.USERNAME, MESSAGES.TEXT, MESSAGES.SENT_AT)
                .from(MESSAGES)
                .join(USERS)
                .on(USERS.ID.eq(MESSAGES.AUTHOR_ID))
                .where(MESSAGES.CHANNEL_ID.eq(channel.id()))
                .orderBy(MESSAGES.ID.desc())
                .limit(count)
                .stream()
                .map(Channels::message)
                .sorted((one, other) -> one.sentAt().compareTo(other.sentAt()))
                .toList());
  }

  private static Channel channel(Record row) {
    return new Channel(
        row.get(CHANNELS.ID),
        row.get(CHANNELS.OWNER_ID),
        row.get(CHANNELS.NAME),
        row.get(CHANNELS.CREATED_AT));
  }

  private static Message message(Record row) {
    return new Message(
        row.get(MESSAGES.ID),
        row.get(USERS.USERNAME),
        row.get(MESSAGES.TEXT),
        row.get(MESSAGES.SENT_AT));
  }
}
