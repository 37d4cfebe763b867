package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SessionActivityTest {
  private static final UUID SESSION = new UUID(1, 2);

  @Nested
  class Construction {
    @Test
    void truncatesTheInstant() {
      Instant at = Instant.parse("2022-01-16T14:40:00.999999999Z");

      SessionActivity activity = new SessionActivity(SESSION, at, Optional.empty());

      assertThat(activity.at()).isEqualTo("2022-01-16T14:40:00.999999Z");
    }

    @Test
    void normalisesTheAddress() throws UnknownHostException {
      byte[] bytes = Addresses.parse("fe80::1").getAddress();
      InetAddress zoned = Inet6Address.getByAddress("", bytes, 7);

      SessionActivity activity = new SessionActivity(SESSION, Instant.EPOCH, Optional.of(zoned));

      assertThat(activity.ip().map(InetAddress::getHostAddress)).contains("fe80:0:0:0:0:0:0:1");
    }

    @Test
    void refusesAnInstantThatCannotBeStored() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new SessionActivity(SESSION, Instant.MAX, Optional.empty()));
    }
  }
}
