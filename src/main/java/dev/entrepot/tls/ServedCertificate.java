package dev.entrepot.tls;

import dev.entrepot.reload.ReloadLoop;
import dev.entrepot.reload.ReloadOutcome;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate the registry listener serves: issued or brought, and taken up anew when its files
 * change.
 */
public final class ServedCertificate implements AutoCloseable {

  /** How often the files are looked at, unless told otherwise. */
  public static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(ServedCertificate.class);

  private final TlsProperties properties;
  private final LocalCertificates local;
  private final InstantSource clock;
  private final ContextBuild build;
  private final ReloadLoop loop;
  private final SslContext context;
  private volatile Serving serving;

  /**
   * Reads or issues the certificate, or throws an {@link IllegalStateException} that says what to
   * do. Blocks on files.
   */
  public ServedCertificate(
      TlsProperties properties,
      List<String> applicationProtocols,
      InstantSource clock,
      Consumer<ReloadOutcome> listener) {
    this(
        properties,
        new LocalCertificates(properties, clock),
        ContextBuild.with(applicationProtocols),
        clock,
        listener);
  }

  ServedCertificate(
      TlsProperties properties,
      LocalCertificates local,
      ContextBuild build,
      InstantSource clock,
      Consumer<ReloadOutcome> listener) {
    this.properties = properties;
    this.local = local;
    this.build = build;
    this.clock = clock;
    this.loop = new ReloadLoop("the listener's certificate", this::look, listener);
    Material first = read();
    first.concern().ifPresent(concern -> log.warn("{}", concern));
    this.serving = serve(first);
    this.context = new CurrentSslContext(() -> serving.context());
  }

  /**
   * A server context for the life of the process; each new connection gets the newest certificate.
   */
  public SslContext context() {
    return context;
  }

  /** The certificate that new connections get. */
  public Details details() {
    return Details.of(serving.material().identity().certificate());
  }

  /** The PEM text of the authority that clients have to trust, if we know it. */
  public Optional<String> authority() {
    return serving.material().authority().map(authority -> Pem.write(List.of(authority)));
  }

  /** Looks at the files once, now. Blocks on files. */
  public ReloadOutcome scan() {
    return loop.scan();
  }

  /** Starts to look at the files at an interval, on a thread of its own. */
  public void start(Duration interval) {
    loop.start(interval);
  }

  /** Stops looking; the last certificate stays in use. */
  @Override
  public void close() {
    loop.close();
  }

  private ReloadOutcome look() {
    Material found = read();
    Serving now = serving;
    if (!found.fingerprint().equals(now.material().fingerprint())) {
      refuseDowngrade(found.identity(), now.material().identity());
      serving = serve(found);
      return new ReloadOutcome.Replaced();
    }
    return found
        .concern()
        .<ReloadOutcome>map(ReloadOutcome.Kept::new)
        .orElseGet(ReloadOutcome.Unchanged::new);
  }

  private void refuseDowngrade(Identity found, Identity current) {
    if (!isValid(found.certificate()) && isValid(current.certificate())) {
      throw new UnusableCertificateException(
          "tried to take up %s but it is outside its validity of %s to %s"
              .formatted(
                  properties.certificate(),
                  found.certificate().getNotBefore().toInstant(),
                  found.certificate().getNotAfter().toInstant()));
    }
  }

  private boolean isValid(X509Certificate certificate) {
    Instant now = clock.instant();
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && !now.isAfter(certificate.getNotAfter().toInstant());
  }

  private Material read() {
    Path clientCa = properties.clientCa();
    List<X509Certificate> clients = clientCa == null ? List.of() : Pem.certificates(clientCa);
    Path certificate = properties.certificate();
    Path privateKey = properties.privateKey();
    if (certificate == null || privateKey == null) {
      LocalCertificates.Current current = local.current();
      return new Material(
          current.identity(), Optional.of(current.authority()), clients, current.concern());
    }
    Identity own = Identity.read(certificate, privateKey);
    X509Certificate last = own.chain().getLast();
    boolean isRoot = last.getSubjectX500Principal().equals(last.getIssuerX500Principal());
    return new Material(
        own, isRoot ? Optional.of(last) : Optional.empty(), clients, Optional.empty());
  }

  private Serving serve(Material material) {
    Identity identity = material.identity();
    if (!isValid(identity.certificate())) {
      log.warn("serving a certificate outside its validity file={}", properties.certificate());
    }
    SslContextBuilder builder = SslContextBuilder.forServer(identity.key(), identity.chainArray());
    if (!material.clients().isEmpty()) {
      builder
          .trustManager(material.clients().toArray(X509Certificate[]::new))
          .clientAuth(ClientAuth.REQUIRE);
    }
    return new Serving(material, build.build(builder));
  }

  /** What was read from the files, and what is not as it should be about them. */
  private record Material(
      Identity identity,
      Optional<X509Certificate> authority,
      List<X509Certificate> clients,
      Optional<String> concern) {

    String fingerprint() {
      return ContextBuild.fingerprint(Optional.of(identity), clients);
    }
  }

  private record Serving(Material material, SslContext context) {}

  /** What a person wants to know about a certificate. */
  public record Details(
      String subject,
      String issuer,
      List<String> names,
      Instant notBefore,
      Instant notAfter,
      String sha256) {

    public Details {
      names = List.copyOf(names);
    }

    static Details of(X509Certificate certificate) {
      return new Details(
          certificate.getSubjectX500Principal().getName(),
          certificate.getIssuerX500Principal().getName(),
          List.copyOf(SubjectNames.in(certificate).values()),
          certificate.getNotBefore().toInstant(),
          certificate.getNotAfter().toInstant(),
          fingerprint(certificate));
    }

    List<String> lines(Path file) {
      return List.of(
          file.toString(),
          "  subject      " + subject,
          "  issuer       " + issuer,
          "  names        " + (names.isEmpty() ? "none" : String.join(", ", names)),
          "  valid        %s to %s".formatted(notBefore, notAfter),
          "  fingerprint  SHA-256 " + sha256);
    }

    private static String fingerprint(X509Certificate certificate) {
      try {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException("every JDK has SHA-256", impossible);
      }
    }
  }
}
