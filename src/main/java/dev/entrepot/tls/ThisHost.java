package dev.entrepot.tls;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The names and addresses under which clients may reach this machine. */
final class ThisHost {

  private static final Path KERNEL_HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  // Load balancing nodes can hold thousands of addresses; a handshake should stay within a few
  // packets.
  private static final int MOST_ADDRESSES = 64;

  private ThisHost() {}

  static SubjectNames names() {
    TreeSet<String> names = new TreeSet<>(Set.of("localhost", "127.0.0.1", "::1"));
    String host = hostName();
    if (SubjectNames.complaint(host).isEmpty()) {
      names.add(host);
    }
    names.addAll(addresses());
    return SubjectNames.of(names);
  }

  /** The kernel's host name, read without asking a name server. */
  static String hostName() {
    try {
      String name = Files.readString(KERNEL_HOST_NAME).strip();
      if (!name.isEmpty()) {
        return name;
      }
    } catch (IOException _) {
      // Not Linux: the resolver below knows.
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) {
      return "localhost";
    }
  }

  private static List<String> addresses() {
    try {
      // Interfaces that are down are left out, among them kube-proxy's, which holds every service
      // of a cluster.
      return NetworkInterface.networkInterfaces()
          .filter(ThisHost::isUp)
          .flatMap(NetworkInterface::inetAddresses)
          .filter(ThisHost::isReachableWithoutScope)
          .map(NetUtil::toAddressString)
          .map(address -> address.replaceFirst("%.*", ""))
          .distinct()
          .sorted()
          .limit(MOST_ADDRESSES)
          .toList();
    } catch (SocketException _) {
      return List.of();
    }
  }

  private static boolean isReachableWithoutScope(InetAddress address) {
    return !(address instanceof Inet6Address && address.isLinkLocalAddress());
  }

  private static boolean isUp(NetworkInterface device) {
    try {
      return device.isUp();
    } catch (SocketException _) {
      return false;
    }
  }
}
