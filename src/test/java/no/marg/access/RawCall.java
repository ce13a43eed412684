package no.marg.access;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection on which a test writes what no client library would. */
final class RawCall implements AutoCloseable {
  private final Socket socket;

  RawCall(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
  }

  void send(String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** Status of the answer; 0 when the connection ended without one. */
  int status() throws IOException {
    byte[] line = socket.getInputStream().readNBytes(12);
    return line.length < 12
        ? 0
        : Integer.parseInt(new String(line, StandardCharsets.ISO_8859_1).substring(9, 12));
  }

  /** Reads until the service ends the connection; the text that came. */
  String rest() throws IOException {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
