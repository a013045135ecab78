package dev.entrepot.tls;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/**
 * The DNS names, wildcards and addresses a certificate is good for, each in its one canonical
 * spelling.
 */
record SubjectNames(SortedSet<String> values) {

  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;
  // Underscores are no host name characters, yet clients accept them and cluster names hold them.
  private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");

  SubjectNames {
    values = Collections.unmodifiableSortedSet(new TreeSet<>(values));
  }

  static SubjectNames of(Collection<String> names) {
    TreeSet<String> canonical = new TreeSet<>();
    for (String name : names) {
      complaint(name)
          .ifPresent(
              complaint -> {
                throw new IllegalArgumentException("name '%s' %s".formatted(name, complaint));
              });
      canonical.add(canonical(name));
    }
    return new SubjectNames(canonical);
  }

  static SubjectNames of(String... names) {
    return of(List.of(names));
  }

  static SubjectNames in(X509Certificate certificate) {
    TreeSet<String> names = new TreeSet<>();
    try {
      Collection<List<?>> entries = certificate.getSubjectAlternativeNames();
      for (List<?> entry : entries == null ? List.<List<?>>of() : entries) {
        int kind = (Integer) entry.get(0);
        if (kind == DNS_NAME || kind == IP_ADDRESS) {
          names.add(canonical((String) entry.get(1)));
        }
      }
    } catch (CertificateParsingException broken) {
      throw new UnusableCertificateException(
          "tried to read the names of a certificate but they are malformed", broken);
    }
    return new SubjectNames(names);
  }

  /**
   * What is wrong with a name and how to write it instead, or empty if it may stand in a
   * certificate.
   */
  static Optional<String> complaint(String name) {
    if (name.isBlank() || !name.equals(name.strip())) {
      return Optional.of("is blank or has spaces around it; write one host name or address");
    }
    if (isAddress(name)) {
      return name.indexOf('%') >= 0 || name.startsWith("[")
          ? Optional.of("has a scope or brackets; write the bare address")
          : Optional.empty();
    }
    if (name.contains("/")) {
      return Optional.of("is no host name; write it without scheme, path or prefix length");
    }
    if (name.contains(":")) {
      return Optional.of("holds a port or a malformed address; write it without the port");
    }
    if (name.endsWith(".")) {
      return Optional.of("ends with a dot; write it without");
    }
    String host = name.toLowerCase(Locale.ROOT);
    String[] labels = (host.startsWith("*.") ? host.substring(2) : host).split("\\.", -1);
    if (labels[labels.length - 1].chars().allMatch(Character::isDigit)) {
      return Optional.of("is neither a host name nor an address; correct the digits");
    }
    if (host.length() > 253) {
      return Optional.of("is longer than 253 characters; shorten it");
    }
    for (String label : labels) {
      if (!LABEL.matcher(label).matches()) {
        return Optional.of(
            "is no host name; use letters, digits, dashes and dots, with * only as the whole first label and xn-- for other alphabets");
      }
    }
    return Optional.empty();
  }

  SubjectNames plus(SubjectNames others) {
    TreeSet<String> all = new TreeSet<>(values);
    all.addAll(others.values);
    return new SubjectNames(all);
  }

  SubjectNames minus(SubjectNames others) {
    TreeSet<String> rest = new TreeSet<>(values);
    rest.removeAll(others.values);
    return new SubjectNames(rest);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  GeneralNames toGeneralNames() {
    return new GeneralNames(
        values.stream().map(SubjectNames::toGeneralName).toArray(GeneralName[]::new));
  }

  @Override
  public String toString() {
    return String.join(", ", values);
  }

  private static GeneralName toGeneralName(String name) {
    return isAddress(name)
        ? new GeneralName(
            GeneralName.iPAddress,
            new DEROctetString(NetUtil.createByteArrayFromIpAddressString(name)))
        : new GeneralName(GeneralName.dNSName, name);
  }

  private static boolean isAddress(String name) {
    return NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name);
  }

  private static String canonical(String name) {
    if (!isAddress(name)) {
      return name.toLowerCase(Locale.ROOT);
    }
    try {
      return NetUtil.toAddressString(
          InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(name)));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address has 4 or 16 bytes: " + name, impossible);
    }
  }
}
