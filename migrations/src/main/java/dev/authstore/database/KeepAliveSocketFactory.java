package dev.authstore.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.util.List;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/** Makes sockets with times of their own for finding out that the other side is gone. */
public final class KeepAliveSocketFactory extends SocketFactory {

  private static final List<SocketOption<Integer>> OPTIONS =
      List.of(
          ExtendedSocketOptions.TCP_KEEPIDLE,
          ExtendedSocketOptions.TCP_KEEPINTERVAL,
          ExtendedSocketOptions.TCP_KEEPCOUNT);

  private final List<Integer> times;

  /**
   * Called by the driver.
   *
   * @param times idle seconds, seconds between probes, number of probes; zero is the system's value
   */
  public KeepAliveSocketFactory(String times) {
    this.times = List.of(times.split(",")).stream().map(Integer::valueOf).toList();
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = new Socket();
    for (int i = 0; i < OPTIONS.size(); i++) {
      if (times.get(i) > 0 && socket.supportedOptions().contains(OPTIONS.get(i))) {
        socket.setOption(OPTIONS.get(i), times.get(i));
      }
    }
    return socket;
  }

  // The driver connects by itself and uses the method above only.

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort) {
    throw new UnsupportedOperationException();
  }
}
