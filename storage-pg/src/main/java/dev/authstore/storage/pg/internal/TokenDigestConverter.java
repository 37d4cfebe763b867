package dev.authstore.storage.pg.internal;

import dev.authstore.model.TokenDigest;
import org.jooq.impl.AbstractConverter;
import org.jspecify.annotations.Nullable;

/** Columns that hold 32 bytes, as each of them checks. */
public final class TokenDigestConverter extends AbstractConverter<byte[], TokenDigest> {
  private static final long serialVersionUID = 1L;

  public TokenDigestConverter() {
    super(byte[].class, TokenDigest.class);
  }

  @Override
  public @Nullable TokenDigest from(byte @Nullable [] stored) {
    return stored == null || stored.length != TokenDigest.LENGTH
        ? null
        : TokenDigest.fromBytes(stored);
  }

  @Override
  public byte @Nullable [] to(@Nullable TokenDigest digest) {
    return digest == null ? null : digest.toBytes();
  }
}
