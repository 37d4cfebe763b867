package dev.authstore.storage.pg.internal;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static org.jooq.impl.DSL.param;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jooq.Param;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * A lock on something that need not have a row, until the transaction ends. The server has one
 * space of such locks for a whole database, so a key is made of the purpose, and of the schema
 * together with the object.
 */
public enum AdvisoryLock {
  /** What only the leader of the job queue does. */
  LEADER("leader"),
  /** Work on the devices of one account. */
  USER_SYNC("user-sync"),
  /** A folded user name. */
  USERNAME("username"),
  /** A folded e-mail address. */
  EMAIL("email"),
  /** Which policy data is in force. */
  POLICY_DATA("policy-data");

  private static final Param<Integer> PURPOSE = param("purpose", SQLDataType.INTEGER);
  private static final Param<Integer> OBJECT = param("object", SQLDataType.INTEGER);
  private static final Statement<Boolean> TRY =
      new Statement<>(
          DSL.select(
              DSL.function("pg_try_advisory_xact_lock", SQLDataType.BOOLEAN, PURPOSE, OBJECT)),
          row -> row.get(0, Boolean.class));
  private static final Statement<Boolean> TAKE =
      new Statement<>(
          DSL.select(
              DSL.function("pg_advisory_xact_lock", SQLDataType.OTHER, PURPOSE, OBJECT)
                  .isNotNull()),
          row -> true);

  private final int purpose;

  AdvisoryLock(String purpose) {
    this.purpose = firstBytes("authstore/" + purpose);
  }

  /** Waits for the lock of an object. */
  public void take(Sql sql, String object) {
    sql.get(TAKE, bind(PURPOSE, purpose), bind(OBJECT, firstBytes(sql.schema() + "/" + object)));
  }

  /** Takes the lock of an object unless somebody has it; tells whether it did. */
  public boolean tryTake(Sql sql, String object) {
    return sql.get(
        TRY, bind(PURPOSE, purpose), bind(OBJECT, firstBytes(sql.schema() + "/" + object)));
  }

  private static int firstBytes(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getInt();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
