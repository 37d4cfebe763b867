package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
  private static final byte[] LINK_LOCAL =
      HexFormat.of().parseHex("fe800000000000000000000000000001");
  private static final byte[] MAPPED = HexFormat.of().parseHex("00000000000000000000ffffc0000201");

  @Nested
  class Normalise {
    @Test
    void turnsAMappedAddressIntoIpv4() throws UnknownHostException {
      InetAddress mapped = Inet6Address.getByAddress("", MAPPED, -1);

      InetAddress address = Addresses.normalise(mapped);

      assertThat(address)
          .isInstanceOf(Inet4Address.class)
          .extracting(InetAddress::getHostAddress)
          .isEqualTo("192.0.2.1");
    }

    @Test
    void dropsTheZone() throws UnknownHostException {
      InetAddress zoned = Inet6Address.getByAddress("", LINK_LOCAL, 7);

      InetAddress address = Addresses.normalise(zoned);

      assertThat(address.getHostAddress()).isEqualTo("fe80:0:0:0:0:0:0:1");
    }

    @Test
    void dropsTheHostName() throws UnknownHostException {
      InetAddress named = InetAddress.getByAddress("example.com", new byte[] {(byte) 192, 0, 2, 1});

      InetAddress address = Addresses.normalise(named);

      assertThat(address).hasToString("/192.0.2.1");
    }
  }

  @Nested
  class Parse {
    @ParameterizedTest
    @CsvSource({
      "0.0.0.0, 0.0.0.0",
      "255.249.199.99, 255.249.199.99",
      "::, 0:0:0:0:0:0:0:0",
      "::1, 0:0:0:0:0:0:0:1",
      "2001:DB8::a, 2001:db8:0:0:0:0:0:a",
      "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
      "64:ff9b::192.0.2.1, 64:ff9b:0:0:0:0:c000:201",
    })
    void readsAnAddress(String literal, String address) {
      assertThat(Addresses.parse(literal).getHostAddress()).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"::ffff:192.0.2.1", "::ffff:c000:201"})
    void turnsAMappedAddressIntoIpv4(String literal) {
      assertThat(Addresses.parse(literal).getHostAddress()).isEqualTo("192.0.2.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fe80::1%eth0", "fe80::1%7", "fe80::1%no such interface"})
    void dropsTheZone(String literal) {
      assertThat(Addresses.parse(literal).getHostAddress()).isEqualTo("fe80:0:0:0:0:0:0:1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "example.com", "cafe", "1", "1.2.3", "0x7f.0.0.1", ".::1"})
    void refusesWhatANameServerWouldBeAskedFor(String text) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Addresses.parse(text))
          .withMessage("not an IP address");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          " ",
          " 1.2.3.4",
          "1.2.3.4 ",
          "1.2.3.4\n",
          "1.2.3.256",
          "1.2.3.04",
          "1.2.3.4.5",
          "1.2.3.٤",
          "[::1]",
          "1::2::3",
          ":::",
          "12345::",
          "1:2:3:4:5:6:7",
          "1:2:3:4:5:6:7:8:9",
          "::1.2.3",
          "fe80::1%",
          "1.2.3.4%eth0",
          "::g"
        })
    void refusesMalformedText(String text) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Addresses.parse(text))
          .withMessage("not an IP address")
          .withNoCause();
    }
  }
}
