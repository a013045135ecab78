package dev.entrepot.upstream;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses are public, which belong to somebody's own network, and which are never asked.
 */
final class Networks {

  /** Where clouds hand out credentials to whoever asks. */
  private static final List<String> METADATA =
      List.of("169.254.0.0/16", "100.100.100.200/32", "fd00:ec2::/32", "168.63.129.16/32");

  private static final List<String> NOT_PUBLIC =
      List.of(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3",
          "::/128",
          "::1/128",
          "fc00::/7",
          "fe80::/10",
          "fec0::/10",
          "ff00::/8",
          "100::/64",
          "2001:db8::/32");

  private Networks() {}

  /** Never, whatever the configuration says. */
  static boolean isMetadata(InetAddress address) {
    InetAddress real = unwrapped(address);
    return METADATA.stream().anyMatch(network -> contains(network, real));
  }

  /** Loopback, private, link-local, shared, unspecified, multicast, and v6 forms of those. */
  static boolean isPublic(InetAddress address) {
    InetAddress real = unwrapped(address);
    return NOT_PUBLIC.stream().noneMatch(network -> contains(network, real)) && !isMetadata(real);
  }

  /** The address that this text spells in its plain form; names are not looked up. */
  static Optional<InetAddress> literal(String host) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
    return bytes == null ? Optional.empty() : Optional.of(address(bytes));
  }

  /** Whether the network, as {@code address/bits}, contains the address that this text spells. */
  static boolean contains(String network, String host) {
    return literal(host).filter(address -> contains(network, unwrapped(address))).isPresent();
  }

  private static boolean contains(String network, InetAddress address) {
    int slash = network.indexOf('/');
    byte[] base = NetUtil.createByteArrayFromIpAddressString(network.substring(0, slash));
    byte[] bytes = address.getAddress();
    int bits;
    try {
      bits = Integer.parseInt(network.substring(slash + 1));
    } catch (NumberFormatException _) {
      return false;
    }
    if (base == null || base.length != bytes.length || bits < 0 || bits > base.length * 8) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((base[bit / 8] & mask) != (bytes[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** The v4 address inside a mapped, compatible, NAT64 or 6to4 one. */
  private static InetAddress unwrapped(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    if (contains("64:ff9b::/96", address)
        || contains("64:ff9b:1::/48", address)
        || contains("::ffff:0:0/96", address)
        || (contains("::/96", address) && !isUnspecifiedOrLoopback(bytes))) {
      return address(Arrays.copyOfRange(bytes, 12, 16));
    }
    return contains("2002::/16", address) ? address(Arrays.copyOfRange(bytes, 2, 6)) : address;
  }

  private static boolean isUnspecifiedOrLoopback(byte[] bytes) {
    return bytes[12] == 0 && bytes[13] == 0 && bytes[14] == 0 && bytes[15] <= 1 && bytes[15] >= 0;
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return bytes.length == 4 ? Inet4Address.getByAddress(bytes) : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
    }
  }
}
