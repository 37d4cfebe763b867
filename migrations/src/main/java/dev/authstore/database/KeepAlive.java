package dev.authstore.database;

import dev.authstore.database.libpq.LibpqKeyword;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the system finds out that a silent connection is dead. */
final class KeepAlive {

  private static final List<LibpqKeyword> TIMES =
      List.of(
          LibpqKeyword.KEEPALIVES_IDLE,
          LibpqKeyword.KEEPALIVES_INTERVAL,
          LibpqKeyword.KEEPALIVES_COUNT);

  private KeepAlive() {}

  static boolean isOff(ConnectionSpec spec) {
    return "0".equals(spec.passed().get(LibpqKeyword.KEEPALIVES));
  }

  /** For {@link KeepAliveSocketFactory}, if there is anything for it to do. */
  static Optional<String> argument(ConnectionSpec spec) {
    boolean given =
        TIMES.stream().anyMatch(time -> !spec.passed().getOrDefault(time, "0").equals("0"));
    return Optional.of(
            TIMES.stream()
                .map(time -> spec.passed().getOrDefault(time, "0"))
                .collect(Collectors.joining(",")))
        .filter(argument -> given && !isOff(spec));
  }
}
