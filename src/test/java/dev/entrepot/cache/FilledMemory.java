package dev.entrepot.cache;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** What requests fill, here in memory. */
final class FilledMemory implements Request.Owner {

  private final byte[] bytes;
  private final Extents filled = new Extents();
  private final List<Request> ended = new ArrayList<>();
  private Consumer<Request> atNextLanding = _ -> {};

  FilledMemory(int size) {
    this.bytes = new byte[size];
  }

  /** What it has of its first bytes, and zeros elsewhere. */
  byte[] upTo(long position) {
    return Arrays.copyOf(bytes, (int) position);
  }

  Extents filled() {
    return filled;
  }

  /** Those that are over. */
  List<Request> ended() {
    return ended;
  }

  /** What happens while the next bytes land. */
  void atNextLanding(Consumer<Request> action) {
    atNextLanding = action;
  }

  @Override
  public boolean land(Request request, ByteBuffer piece) {
    filled.add(request.position(), request.position() + piece.remaining());
    piece.get(bytes, (int) request.position(), piece.remaining());
    Consumer<Request> action = atNextLanding;
    atNextLanding = _ -> {};
    action.accept(request);
    return true;
  }

  @Override
  public boolean needs(Request request) {
    return true;
  }

  @Override
  public boolean wantsMoreOf(Request request) {
    return true;
  }

  @Override
  public void arrived(Request request) {
    ended.add(request);
  }

  @Override
  public void sourceEnded(Request request) {
    ended.add(request);
  }

  @Override
  public void failed(Request request, Throwable cause) {
    ended.add(request);
  }
}
