package dev.entrepot.testing;

import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Asks Linux how many sent bytes the peer's kernel has not acknowledged: a reset would throw them
 * away.
 */
final class SocketQueue {

  private static final long TIOCOUTQ = 0x5411;

  private SocketQueue() {}

  static boolean isEmpty(Channel channel) {
    return !(channel instanceof UnixChannel socket) || unacknowledged(socket.fd().intValue()) == 0;
  }

  private static int unacknowledged(int descriptor) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(ValueLayout.JAVA_INT);
      int failed = (int) ioctl().invokeExact(descriptor, TIOCOUTQ, bytes);
      // A socket that the peer has already closed has nothing left to lose.
      return failed == 0 ? bytes.get(ValueLayout.JAVA_INT, 0) : 0;
    } catch (Throwable broken) {
      throw new IllegalStateException("tried to ask a socket for its queue but could not", broken);
    }
  }

  @SuppressWarnings("restricted") // the pom grants native access to every JVM of ours
  private static MethodHandle ioctl() {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("ioctl"),
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
        Linker.Option.firstVariadicArg(2));
  }
}
