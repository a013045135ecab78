package dev.entrepot.tls;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local authority and the certificates it has issued, kept in {@code entrepot.tls.directory}.
 */
public final class LocalCertificates {

  static final String CA_CERTIFICATE = "ca.crt";
  static final String CA_KEY = "ca.key";
  static final String CERTIFICATE = "tls.crt";
  static final String KEY = "tls.key";
  static final String REMEDY = "make a new authority with: entrepot certs init --force";

  private static final Logger log = LoggerFactory.getLogger(LocalCertificates.class);

  private final TlsProperties properties;
  private final InstantSource clock;
  private final Supplier<SubjectNames> hostNames;
  private final PrivateDirectory directory;

  /** Works on the directory that the settings name. */
  public LocalCertificates(TlsProperties properties, InstantSource clock) {
    this(properties, clock, ThisHost::names);
  }

  LocalCertificates(
      TlsProperties properties, InstantSource clock, Supplier<SubjectNames> hostNames) {
    this.properties = properties;
    this.clock = clock;
    this.hostNames = hostNames;
    this.directory = new PrivateDirectory(properties.directory());
  }

  /**
   * Issues what is absent or due; {@code force} replaces the authority too. Returns what is there
   * now.
   */
  public List<String> init(boolean force) {
    if (force) {
      directory.locked(() -> issueLeaf(createAuthority()));
    } else {
      current();
    }
    return describe(issuedFiles());
  }

  /** Describes the certificates in use, one block of lines a file. */
  public List<String> show() {
    Path own = properties.certificate();
    return describe(own == null ? issuedFiles() : List.of(own));
  }

  /** Issues a further server certificate, in files named after its first name, and describes it. */
  public List<String> issue(List<String> names) {
    SubjectNames subject = SubjectNames.of(names);
    if (subject.isEmpty()) {
      throw new IllegalArgumentException("tried to issue a certificate but no name was given");
    }
    String base = names.getFirst().replace("*", "_wildcard").replace(':', '-');
    if (List.of("ca", "tls").contains(base)) {
      throw new IllegalArgumentException(
          "tried to issue a certificate for '%s' but %s.crt is a file of the authority's own; give another name first"
              .formatted(base, base));
    }
    return directory.locked(
        () -> {
          Identity issued = authority().issueServer(subject, clock.instant());
          directory.writeSecret(base + ".key", Pem.write(issued.key()));
          directory.writeOpen(base + ".crt", Pem.write(issued.chain()));
          return describe(List.of(directory.file(base + ".crt")));
        });
  }

  /** The certificate to serve, issued anew if it is absent or due and that is possible. */
  Current current() {
    Finding finding = inspectSettled();
    if (finding.reason().isEmpty()) {
      return with(finding.servable().orElseThrow(), Optional.empty());
    }
    try {
      return with(directory.locked(this::renew), Optional.empty());
    } catch (UnusableCertificateException problem) {
      Identity still = finding.servable().orElseThrow(() -> problem);
      return with(still, Optional.of(requireNonNull(problem.getMessage())));
    }
  }

  private Current with(Identity leaf, Optional<String> concern) {
    return new Current(leaf, Pem.certificates(directory.file(CA_CERTIFICATE)).getFirst(), concern);
  }

  /** What to serve, and what stood in the way of serving something better. */
  record Current(Identity identity, X509Certificate authority, Optional<String> concern) {}

  /** What the files hold: a certificate that clients would accept, and why a new one is wanted. */
  private record Finding(Optional<Identity> servable, Optional<String> reason) {}

  private Identity renew() {
    // Another process may have been faster.
    Finding finding = inspect();
    String reason = finding.reason().orElse("");
    if (reason.isEmpty()) {
      return finding.servable().orElseThrow();
    }
    if (isEmpty()) {
      return issueLeaf(createAuthority());
    }
    if (!directory.has(CA_KEY)) {
      throw new UnusableCertificateException(
          "tried to renew %s because %s but %s is absent; restore it or %s"
              .formatted(directory.file(CERTIFICATE), reason, directory.file(CA_KEY), REMEDY));
    }
    log.info("issuing server certificate file={} reason={}", directory.file(CERTIFICATE), reason);
    return issueLeaf(authority());
  }

  private boolean isEmpty() {
    return !directory.has(CA_CERTIFICATE) && !directory.has(CA_KEY);
  }

  /**
   * Looks without the lock, so that a read-only directory does; with it, if another process may be
   * writing.
   */
  private Finding inspectSettled() {
    try {
      return inspect();
    } catch (UnusableCertificateException problem) {
      try {
        return directory.locked(this::inspect);
      } catch (UnusableCertificateException again) {
        problem.addSuppressed(again);
        throw problem;
      }
    }
  }

  private Finding inspect() {
    if (isEmpty()) {
      refuseToReplaceForeignFiles();
      return new Finding(Optional.empty(), Optional.of("there is none"));
    }
    LeafCheck check = new LeafCheck(authorityCertificate(), clock.instant());
    if (directory.has(KEY)) {
      directory.guard(KEY);
    }
    Identity leaf;
    try {
      leaf = Identity.read(directory.file(CERTIFICATE), directory.file(KEY));
    } catch (UnusableCertificateException unreadable) {
      if (unreadable.deniesAccess()) {
        throw unreadable;
      }
      return new Finding(
          Optional.empty(), Optional.of("it or its key is absent or broken, or they do not match"));
    }
    Optional<String> defect = check.defect(leaf.certificate());
    return defect.isPresent()
        ? new Finding(Optional.empty(), defect)
        : new Finding(Optional.of(leaf), check.reasonToRenew(leaf.certificate(), wanted()));
  }

  private X509Certificate authorityCertificate() {
    if (directory.has(CA_KEY)) {
      return authority().certificate();
    }
    var certificate = Pem.certificates(directory.file(CA_CERTIFICATE)).getFirst();
    refuseUnfit(certificate);
    return certificate;
  }

  private CertificateAuthority authority() {
    Path certificate = directory.file(CA_CERTIFICATE);
    for (String name : List.of(CA_CERTIFICATE, CA_KEY)) {
      if (!directory.has(name)) {
        throw new UnusableCertificateException(
            "tried to use the authority in %s but %s is absent; restore it or %s"
                .formatted(directory.path(), directory.file(name), REMEDY));
      }
    }
    directory.guard(CA_KEY);
    CertificateAuthority authority;
    try {
      authority = CertificateAuthority.read(certificate, directory.file(CA_KEY));
    } catch (UnusableCertificateException unreadable) {
      throw new UnusableCertificateException(
          "%s; restore it or %s".formatted(unreadable.getMessage(), REMEDY), unreadable);
    }
    refuseUnfit(authority.certificate());
    return authority;
  }

  private void refuseUnfit(X509Certificate certificate) {
    Path file = directory.file(CA_CERTIFICATE);
    if (certificate.getBasicConstraints() < 0) {
      throw new UnusableCertificateException(
          "tried to use the authority %s but it is no CA certificate; restore it or %s"
              .formatted(file, REMEDY));
    }
    Instant end = certificate.getNotAfter().toInstant();
    if (clock.instant().isAfter(end)) {
      throw new UnusableCertificateException(
          "tried to use the authority %s but it expired on %s; %s".formatted(file, end, REMEDY));
    }
  }

  /** Certificates that somebody else put here are not ours to overwrite. */
  private void refuseToReplaceForeignFiles() {
    for (String name : List.of(CERTIFICATE, KEY)) {
      if (directory.has(name)) {
        throw new UnusableCertificateException(
            "tried to create an authority in %s but %s is there without %s; name your own files in entrepot.tls.certificate and entrepot.tls.private-key, restore the authority, or %s"
                .formatted(directory.path(), name, CA_CERTIFICATE, REMEDY));
      }
    }
  }

  private CertificateAuthority createAuthority() {
    CertificateAuthority authority =
        CertificateAuthority.create(ThisHost.hostName(), clock.instant());
    directory.writeSecret(CA_KEY, Pem.write(authority.identity().key()));
    directory.writeOpen(CA_CERTIFICATE, Pem.write(authority.identity().chain()));
    log.info("created a certificate authority file={}", directory.file(CA_CERTIFICATE));
    return authority;
  }

  private Identity issueLeaf(CertificateAuthority authority) {
    Identity leaf = authority.issueServer(wanted(), clock.instant());
    directory.writeSecret(KEY, Pem.write(leaf.key()));
    directory.writeOpen(CERTIFICATE, Pem.write(leaf.chain()));
    return leaf;
  }

  private SubjectNames wanted() {
    return hostNames.get().plus(SubjectNames.of(properties.names()));
  }

  private List<Path> issuedFiles() {
    return List.of(directory.file(CA_CERTIFICATE), directory.file(CERTIFICATE));
  }

  private static List<String> describe(List<Path> files) {
    List<String> lines = new ArrayList<>();
    for (Path file : files) {
      if (Files.exists(file)) {
        lines.addAll(ServedCertificate.Details.of(Pem.certificates(file).getFirst()).lines(file));
      } else {
        lines.add(file + ": absent");
      }
    }
    return List.copyOf(lines);
  }
}
