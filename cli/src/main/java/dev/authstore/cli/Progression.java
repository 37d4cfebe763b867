package dev.authstore.cli;

import dev.authstore.migrations.LockHolder;
import dev.authstore.migrations.MigrationListener;
import dev.authstore.migrations.MigrationScript;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/**
 * Shows how migrating goes on: a line for each script, and on a terminal how long the current one
 * has been at work.
 */
final class Progression implements MigrationListener, AutoCloseable {

  private final ConfigOptions options;
  private final PrintWriter out;
  private final boolean terminal;
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "progress");
            thread.setDaemon(true);
            return thread;
          });
  private @Nullable ScheduledFuture<?> ticking;

  Progression(ConfigOptions options, PrintWriter out) {
    this(options, out, Ansi.AUTO.enabled() && !options.json());
  }

  Progression(ConfigOptions options, PrintWriter out, boolean terminal) {
    this.options = options;
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void waiting(LockHolder holder, Duration waited) {
    options.print(
        out,
        "waiting for %s".formatted(holder),
        Map.of("event", "waiting", "pid", String.valueOf(holder.pid())));
  }

  @Override
  public void begun(MigrationScript script) {
    if (terminal) {
      long start = System.nanoTime();
      show(script, Duration.ZERO);
      ticking =
          ticker.scheduleAtFixedRate(
              () -> show(script, Duration.ofNanos(System.nanoTime() - start)),
              1,
              1,
              TimeUnit.SECONDS);
    }
  }

  @Override
  public void applied(MigrationScript script, Duration duration) {
    stopTicking();
    if (terminal) {
      out.print("\r");
    }
    options.print(
        out,
        line(script, duration),
        Map.of(
            "event", "applied",
            "version", script.version(),
            "description", script.description(),
            "seconds", seconds(duration)));
  }

  @Override
  public void close() {
    stopTicking();
    ticker.shutdownNow();
  }

  static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.2f s", duration.toMillis() / 1000.0);
  }

  private void show(MigrationScript script, Duration duration) {
    out.print("\r" + line(script, duration));
    out.flush();
  }

  private static String line(MigrationScript script, Duration duration) {
    return String.format(
        Locale.ROOT, "%s  %-24s %10s", script.version(), script.description(), seconds(duration));
  }

  private void stopTicking() {
    if (ticking != null) {
      ticking.cancel(false);
      ticking = null;
    }
  }
}
