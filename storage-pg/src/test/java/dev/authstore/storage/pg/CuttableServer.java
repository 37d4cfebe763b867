package dev.authstore.storage.pg;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Stands between the driver and the server, and cuts the line when the driver has sent a given
 * word: before the server gets it, or after the server has answered. It may also stop as a whole,
 * and come back.
 */
public final class CuttableServer implements AutoCloseable {

  /** On which side of the server's work the line is cut. */
  public enum Moment {
    BEFORE_THE_SERVER_HEARS,
    BEFORE_THE_ANSWER_ARRIVES
  }

  private final ServerSocket listener;
  private final int port;
  private final String database;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile @Nullable Cut cut;
  private volatile State state = State.RUNNING;

  private enum State {
    RUNNING,
    SILENT,
    STOPPED
  }

  private record Cut(String word, Moment moment, boolean forGood) {}

  private CuttableServer(ServerSocket listener, int port, String database) {
    this.listener = listener;
    this.port = port;
    this.database = database;
  }

  /** Tests that need a line are left out where there is none, over a socket. */
  public static void assumeLine(Store store) {
    assumeThat(store.dataSource()).isInstanceOf(PGSimpleDataSource.class);
  }

  public static CuttableServer before(Store store) throws IOException {
    assumeLine(store);
    PGSimpleDataSource target = (PGSimpleDataSource) store.dataSource();
    String database = target.getDatabaseName();
    if (database == null) {
      throw new AssertionError("no database");
    }
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    CuttableServer server = new CuttableServer(listener, target.getPortNumbers()[0], database);
    background(server::accept);
    return server;
  }

  public DataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {listener.getInetAddress().getHostAddress()});
    dataSource.setPortNumbers(new int[] {listener.getLocalPort()});
    dataSource.setDatabaseName(database);
    dataSource.setUser("postgres");
    return dataSource;
  }

  /** The connection target of the same, for {@code DatabaseConfig.of}. */
  String url() {
    return "postgresql://postgres@%s:%d/%s"
        .formatted(listener.getInetAddress().getHostAddress(), listener.getLocalPort(), database);
  }

  /** Ends all connections, and new ones at once. */
  public void stop() throws IOException {
    state = State.STOPPED;
    closeAll();
  }

  /** Accepts connections still, and answers nothing any more. */
  void fallSilent() {
    state = State.SILENT;
  }

  /** Serves new connections; those of before are of no use. */
  public void resume() throws IOException {
    state = State.RUNNING;
    closeAll();
  }

  /** The line breaks once, at the next message with this word. */
  public void cutAt(String word, Moment moment) {
    cut = new Cut(word, moment, false);
  }

  /** At the next message with this word the line breaks and stays so, as if its user had died. */
  public void stopAt(String word, Moment moment) {
    cut = new Cut(word, moment, true);
  }

  /** Whether {@link #cutAt} or {@link #stopAt} is still to come true. */
  public boolean isDueToBeCut() {
    return cut != null;
  }

  /** Whether it is as {@link #stop()} and {@link #stopAt} leave it. */
  public boolean isStopped() {
    return state == State.STOPPED;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    closeAll();
  }

  private void closeAll() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      if (state == State.STOPPED) {
        client.close();
        continue;
      }
      Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
      sockets.add(client);
      sockets.add(server);
      AtomicReference<@Nullable Cut> heard = new AtomicReference<>();
      background(() -> forward(client, server, heard));
      background(() -> answer(server, client, heard));
      if (state == State.STOPPED) {
        closeAll();
      }
    }
  }

  private void forward(Socket client, Socket server, AtomicReference<@Nullable Cut> heard)
      throws IOException {
    InputStream in = client.getInputStream();
    OutputStream out = server.getOutputStream();
    byte[] buffer = new byte[8192];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      if (state == State.SILENT) {
        continue;
      }
      Cut due = cut;
      String text = new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
      if (due != null && text.contains(due.word())) {
        cut = null;
        if (due.moment() == Moment.BEFORE_THE_SERVER_HEARS) {
          carryOut(due);
          break;
        }
        heard.set(due);
      }
      out.write(buffer, 0, read);
      out.flush();
    }
    client.close();
    server.close();
  }

  private void answer(Socket server, Socket client, AtomicReference<@Nullable Cut> heard)
      throws IOException {
    InputStream in = server.getInputStream();
    OutputStream out = client.getOutputStream();
    byte[] buffer = new byte[8192];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      Cut due = heard.get();
      if (due != null) {
        carryOut(due);
        break;
      }
      out.write(buffer, 0, read);
      out.flush();
    }
    client.close();
    server.close();
  }

  private void carryOut(Cut due) throws IOException {
    if (due.forGood()) {
      stop();
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void background(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                  throw new UncheckedIOException(e);
                } // otherwise the line was cut, which is what this class is for
              }
            },
            "cuttable server");
    thread.setDaemon(true);
    thread.start();
  }
}
