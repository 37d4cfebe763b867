package dev.authstore.database;

import dev.authstore.database.libpq.HostSpec;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** Why one host gave no connection. */
record HostFailure(HostSpec host, ConnectFailedException failure) {

  HostFailure(HostSpec host, SQLException failure) {
    this(host, ConnectFailedException.of(failure));
  }

  /** One exception that tells about every host. */
  static SQLException combined(List<HostFailure> failures) {
    SQLException last = failures.get(failures.size() - 1).failure.sqlException();
    return failures.size() == 1 ? last : new HostsException(failures, last);
  }

  private String describe() {
    return host + ": " + failure.event();
  }

  /** The failures of several hosts, one line each. */
  static final class HostsException extends SQLException {

    private final ConnectFailedException.Reason reason;

    private HostsException(List<HostFailure> failures, SQLException last) {
      super(
          failures.stream().map(HostFailure::describe).collect(Collectors.joining("\n")),
          last.getSQLState(),
          last);
      failures.forEach(each -> addSuppressed(each.failure));
      reason = reason(failures.stream().map(each -> each.failure.reason()).toList());
    }

    /** That which ended the search or, where all were tried, that some were there in vain. */
    ConnectFailedException.Reason reason() {
      return reason;
    }

    private static ConnectFailedException.Reason reason(
        List<ConnectFailedException.Reason> reasons) {
      ConnectFailedException.Reason last = reasons.get(reasons.size() - 1);
      boolean inVain = reasons.contains(ConnectFailedException.Reason.UNSUITABLE);
      return inVain && last.isPassing() ? ConnectFailedException.Reason.UNSUITABLE : last;
    }
  }
}
