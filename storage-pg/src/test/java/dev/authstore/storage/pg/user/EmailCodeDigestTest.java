package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.storage.KeyRing;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected digests were made with another implementation of HMAC and SHA-256. */
class EmailCodeDigestTest {
  private static final byte[] KEY =
      HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

  @ParameterizedTest
  @CsvSource({
    "01890a5d-ac96-774b-bcce-b302099a8057, 123456,"
        + " c14ffddfc09dd8d16406c4ce636c3b13c3c1b2e1de7047b077730eb4978130da",
    "01890a5d-ac96-774b-bcce-b302099a8057, 0123456,"
        + " 76d67eb7583c1bd0e334e1b547c87bfdd913638ad86f135236e2c59e4c021ed8",
    "01890a5d-ac96-774b-bcce-b302099a8058, 123456,"
        + " cf3c2550f6c5c5db9c83a6efb29819846a9008c0f08405976c262326ae569902",
    "ffffffff-ffff-ffff-ffff-ffffffffffff, é😀,"
        + " 1beb91250edbdef9ba1d79ed795ea9a3c176e24d7f5fb40164a69d5cd566e89f"
  })
  void withTheKeyIsHmacSha256(UUID authentication, String code, String expected) {
    KeyRing keys = KeyRing.empty().with(KeyRing.Purpose.CODE, KEY);

    var digest = EmailCodeDigest.of(keys, authentication, code);

    assertThat(digest.toBytes()).asHexString().isEqualToIgnoringCase(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "01890a5d-ac96-774b-bcce-b302099a8057, 123456,"
        + " 0079d6081900b91733101bebb83bd16ff3ad0acda15d2bc9fd6f2231f9920e04",
    "01890a5d-ac96-774b-bcce-b302099a8057, 0123456,"
        + " 889c08d988a82ddcac199e6cb747be1e62ad19b5a2e56b0fdb8fc5d7799463f5",
    "01890a5d-ac96-774b-bcce-b302099a8058, 123456,"
        + " 81a17cd3243effee1d19d229dce82b4cf2d0422282d1d332edb858d95873be44",
    "ffffffff-ffff-ffff-ffff-ffffffffffff, é😀,"
        + " 66a2d97eee3c64add404074630ad2630a2b693432afad3a856ba755dd47cd26e"
  })
  void withoutAKeyIsSha256(UUID authentication, String code, String expected) {
    var digest = EmailCodeDigest.of(KeyRing.empty(), authentication, code);

    assertThat(digest.toBytes()).asHexString().isEqualToIgnoringCase(expected);
  }
}
