package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entrepot.reload.ReloadOutcome;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServedCertificateTest {

  private static final SubjectNames NAMES =
      SubjectNames.of("localhost", "127.0.0.1", "::1", "*.mirror.example");

  @TempDir Path directory;
  private Instant now = Instant.now();
  private SubjectNames hostNames = NAMES;
  private final CertificateAuthority corporate = CertificateAuthority.create("corporate", now);
  private final List<ReloadOutcome> outcomes = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(
      value = SslProvider.class,
      names = {"OPENSSL", "JDK"})
  void everyNameAndAddressIsVerifiedByItsSubjectAlternativeName(SslProvider provider)
      throws Exception {
    // Given
    assumeTrue(
        provider == SslProvider.JDK || OpenSsl.isAvailable(), "netty-tcnative does not load here");
    try (ServedCertificate served = served(issued(), provider, List.of());
        TlsServer server = new TlsServer(served.context())) {

      for (String name : List.of("localhost", "127.0.0.1", "::1", "a.mirror.example")) {
        // When
        try (TlsDial dial = TlsDial.open(server.port(), name, authority())) {
          // Then
          assertThat(dial.get()).isEqualTo("HTTP/1.1 200 OK");
        }
      }
    }
  }

  @Test
  void otherNamesAndOtherAuthoritiesAreNotVouchedFor() throws Exception {
    // Given
    try (ServedCertificate served = served(issued());
        TlsServer server = new TlsServer(served.context())) {

      // When, Then
      for (String name : List.of("mirror.example", "a.b.mirror.example", "10.0.0.1", "entrepot")) {
        assertThatThrownBy(() -> TlsDial.open(server.port(), name, authority()))
            .isInstanceOf(SSLException.class);
      }
      assertThatThrownBy(() -> TlsDial.open(server.port(), "localhost", corporate.certificate()))
          .isInstanceOf(SSLException.class);
      assertThat(server.requests()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void bothCurrentVersionsAreSpoken(String version) throws Exception {
    // Given
    try (ServedCertificate served = served(issued());
        TlsServer server = new TlsServer(served.context());
        // When
        TlsDial dial = dial(server, null, List.of(version), List.of())) {

      // Then
      assertThat(dial.version()).isEqualTo(version);
    }
  }

  @Test
  void applicationProtocolsAreOptional() throws Exception {
    // Given
    try (ServedCertificate served =
            served(issued(), ContextBuild.with(List.of()).provider(), List.of("h2", "http/1.1"));
        TlsServer server = new TlsServer(served.context());
        // When
        TlsDial with = dial(server, null, List.of("TLSv1.3"), List.of("http/1.1"));
        TlsDial without = dial(server, null, List.of("TLSv1.3"), List.of())) {

      // Then
      assertThat(with.applicationProtocol()).isEqualTo("http/1.1");
      assertThat(without.applicationProtocol()).isEmpty();
    }
  }

  @Test
  void overwrittenFilesServeTheNextConnectionAndLeaveOpenOnesAlone() throws Exception {
    // Given
    Identity first = brought();
    try (ServedCertificate served = served(own(null));
        TlsServer server = new TlsServer(served.context());
        TlsDial open = TlsDial.open(server.port(), "localhost", corporate.certificate())) {
      assertThat(open.peer()).isEqualTo(first.certificate());

      // When
      Identity second = brought();
      ReloadOutcome outcome = served.scan();

      // Then
      assertThat(outcome).isEqualTo(new ReloadOutcome.Replaced());
      assertThat(presented(server)).isEqualTo(second.certificate());
      assertThat(open.get()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(served.details().notAfter())
          .isEqualTo(second.certificate().getNotAfter().toInstant());
      assertThat(served.scan()).isEqualTo(new ReloadOutcome.Unchanged());
      assertThat(outcomes).containsExactly(new ReloadOutcome.Replaced());
    }
  }

  @Test
  void everySwapOfAKubernetesVolumeIsSeen() throws Exception {
    // Given
    Identity identity = mounted(0);
    Files.createSymbolicLink(directory.resolve("tls.crt"), Path.of("..data/tls.crt"));
    Files.createSymbolicLink(directory.resolve("tls.key"), Path.of("..data/tls.key"));
    try (ServedCertificate served = served(own(null));
        TlsServer server = new TlsServer(served.context())) {
      assertThat(presented(server)).isEqualTo(identity.certificate());

      for (int rotation = 1; rotation <= 3; rotation++) {
        // When
        identity = mounted(rotation);

        // Then
        assertThat(served.scan()).isEqualTo(new ReloadOutcome.Replaced());
        assertThat(presented(server)).isEqualTo(identity.certificate());
      }
    }
  }

  @Test
  void brokenFilesKeepTheOldCertificateAndAreReportedOnce() throws Exception {
    // Given
    Identity first = brought();
    try (ServedCertificate served = served(own(null));
        TlsServer server = new TlsServer(served.context())) {

      // When the certificate is half written
      String text = Files.readString(directory.resolve("tls.crt"));
      Files.writeString(directory.resolve("tls.crt"), text.substring(0, 300));

      // Then
      assertThat(served.scan()).isInstanceOf(ReloadOutcome.Kept.class);
      assertThat(served.scan()).isInstanceOf(ReloadOutcome.Kept.class);
      assertThat(outcomes).hasSize(1);

      // When only one file of a pair has arrived
      Identity next = corporate.issueServer(NAMES, now);
      Files.writeString(directory.resolve("tls.crt"), Pem.write(next.chain()));

      // Then
      assertThat(served.scan())
          .isInstanceOfSatisfying(
              ReloadOutcome.Kept.class,
              kept -> assertThat(kept.problem()).contains("does not belong"));
      assertThat(presented(server)).isEqualTo(first.certificate());
      assertThat(outcomes).hasSize(2);

      // When the other one arrives
      Files.writeString(directory.resolve("tls.key"), Pem.write(next.key()));

      // Then
      assertThat(served.scan()).isEqualTo(new ReloadOutcome.Replaced());
      assertThat(presented(server)).isEqualTo(next.certificate());
    }
  }

  @Test
  void missingFilesKeepTheOldCertificate() throws Exception {
    // Given
    Identity first = brought();
    try (ServedCertificate served = served(own(null));
        TlsServer server = new TlsServer(served.context())) {

      // When
      Files.delete(directory.resolve("tls.key"));

      // Then
      assertThat(served.scan())
          .isInstanceOfSatisfying(
              ReloadOutcome.Kept.class,
              kept -> assertThat(kept.problem()).contains("tls.key", "does not exist"));
      assertThat(presented(server)).isEqualTo(first.certificate());
    }
  }

  @Test
  void expiredCertificateNeverReplacesAValidOne() throws Exception {
    // Given
    Identity first = brought();
    try (ServedCertificate served = served(own(null));
        TlsServer server = new TlsServer(served.context())) {

      // When
      bring(corporate.issueServer(NAMES, now.minus(Duration.ofDays(100))));

      // Then
      assertThat(served.scan())
          .isInstanceOfSatisfying(
              ReloadOutcome.Kept.class,
              kept -> assertThat(kept.problem()).contains("outside its validity"));
      assertThat(presented(server)).isEqualTo(first.certificate());
    }
  }

  @Test
  void touchedFilesAreNoChange() throws Exception {
    // Given
    Identity identity = brought();
    try (ServedCertificate served = served(own(null))) {

      // When
      bring(identity);

      // Then
      assertThat(served.scan()).isEqualTo(new ReloadOutcome.Unchanged());
      assertThat(outcomes).isEmpty();
    }
  }

  @Test
  void dueCertificateIsRenewedWhileServing() throws Exception {
    // Given
    try (ServedCertificate served = served(issued())) {
      Instant end = served.details().notAfter();

      // When
      now = now.plus(Duration.ofDays(61));

      // Then
      assertThat(served.scan()).isEqualTo(new ReloadOutcome.Replaced());
      assertThat(served.details().notAfter()).isAfter(end);
    }
  }

  @Test
  void newAddressOfThisHostIsServedAtOnce() throws Exception {
    // Given
    try (ServedCertificate served = served(issued());
        TlsServer server = new TlsServer(served.context())) {

      // When
      hostNames = NAMES.plus(SubjectNames.of("192.0.2.9"));
      ReloadOutcome outcome = served.scan();

      // Then
      assertThat(outcome).isEqualTo(new ReloadOutcome.Replaced());
      TlsDial.open(server.port(), "192.0.2.9", authority()).close();
      assertThat(served.details().names()).contains("192.0.2.9");
    }
  }

  @Test
  void clientsMustPresentACertificateOfTheClientAuthority() throws Exception {
    // Given
    CertificateAuthority clients = CertificateAuthority.create("clients", now);
    Path clientCa =
        Files.writeString(directory.resolve("clients.pem"), Pem.write(clients.identity().chain()));
    Identity node = client(clients);
    brought();
    try (ServedCertificate served = served(own(clientCa));
        TlsServer server = new TlsServer(served.context())) {

      // When, Then
      try (TlsDial dial = dial(server, node, List.of("TLSv1.3"), List.of())) {
        assertThat(dial.get()).isEqualTo("HTTP/1.1 200 OK");
      }
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        assertThatThrownBy(() -> getAs(server, null, version)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> getAs(server, client(corporate), version))
            .isInstanceOf(IOException.class);
      }
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  @Test
  void changedClientAuthorityIsTakenUp() throws Exception {
    // Given
    CertificateAuthority before = CertificateAuthority.create("before", now);
    CertificateAuthority after = CertificateAuthority.create("after", now);
    Path clientCa =
        Files.writeString(directory.resolve("clients.pem"), Pem.write(before.identity().chain()));
    brought();
    try (ServedCertificate served = served(own(clientCa));
        TlsServer server = new TlsServer(served.context())) {

      // When
      Files.writeString(clientCa, Pem.write(after.identity().chain()));
      ReloadOutcome outcome = served.scan();

      // Then
      assertThat(outcome).isEqualTo(new ReloadOutcome.Replaced());
      assertThat(getAs(server, client(after), "TLSv1.3")).isEqualTo("HTTP/1.1 200 OK");
      assertThatThrownBy(() -> getAs(server, client(before), "TLSv1.3"))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void rsaCertificatesAreServed() throws Exception {
    // Given
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair keys = generator.generateKeyPair();
    bring(corporate.issue(keys, NAMES, KeyPurposeId.id_kp_serverAuth, now));
    try (ServedCertificate served = served(own(null));
        TlsServer server = new TlsServer(served.context())) {

      // When, Then
      assertThat(presented(server).getPublicKey()).isEqualTo(keys.getPublic());
    }
  }

  @Test
  void authorityIsKnownWhereThereIsOne() throws Exception {
    // Given
    try (ServedCertificate issued = served(issued())) {
      assertThat(issued.authority()).contains(Files.readString(directory.resolve("local/ca.crt")));
    }
    Identity leafAlone = corporate.issueServer(NAMES, now);
    bring(new Identity(leafAlone.key(), List.of(leafAlone.certificate())));

    // When
    try (ServedCertificate own = served(own(null))) {
      // Then
      assertThat(own.authority()).isEmpty();
    }
  }

  @Test
  void missingOwnCertificateStopsTheStart() {
    assertThatThrownBy(() -> served(own(null)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("tls.crt", "does not exist");
  }

  private TlsProperties issued() {
    return new TlsProperties(true, directory.resolve("local"), null, null, List.of(), null);
  }

  private TlsProperties own(@Nullable Path clientCa) {
    return new TlsProperties(
        true,
        directory,
        directory.resolve("tls.crt"),
        directory.resolve("tls.key"),
        List.of(),
        clientCa);
  }

  private ServedCertificate served(TlsProperties properties) {
    return served(properties, ContextBuild.with(List.of()).provider(), List.of());
  }

  private ServedCertificate served(
      TlsProperties properties, SslProvider provider, List<String> applicationProtocols) {
    return new ServedCertificate(
        properties,
        new LocalCertificates(properties, () -> now, () -> hostNames),
        new ContextBuild(provider, applicationProtocols),
        () -> now,
        outcomes::add);
  }

  private X509Certificate authority() {
    return Pem.certificates(directory.resolve("local/ca.crt")).getFirst();
  }

  private Identity brought() throws IOException {
    return bring(corporate.issueServer(NAMES, now));
  }

  private Identity bring(Identity identity) throws IOException {
    Files.writeString(directory.resolve("tls.crt"), Pem.write(identity.chain()));
    Files.writeString(directory.resolve("tls.key"), Pem.write(identity.key()));
    return identity;
  }

  /**
   * Writes a new version of a projected volume as kubelet does: a directory aside, then one renamed
   * symlink.
   */
  private Identity mounted(int version) throws IOException {
    Identity identity = corporate.issueServer(NAMES, now);
    Path data = Files.createDirectory(directory.resolve("..version" + version));
    Files.writeString(data.resolve("tls.crt"), Pem.write(identity.chain()));
    Files.writeString(data.resolve("tls.key"), Pem.write(identity.key()));
    Path link = Files.createSymbolicLink(directory.resolve("..data_tmp"), data.getFileName());
    Files.move(link, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    return identity;
  }

  private Identity client(CertificateAuthority authority) {
    return authority.issue(SubjectNames.of("node-1"), KeyPurposeId.id_kp_clientAuth, now);
  }

  private X509Certificate presented(TlsServer server) throws Exception {
    try (TlsDial dial = TlsDial.open(server.port(), "localhost", corporate.certificate())) {
      return dial.peer();
    }
  }

  private String getAs(TlsServer server, @Nullable Identity client, String version)
      throws Exception {
    // TLS 1.3 clients learn of a refusal only when they read.
    try (TlsDial dial = dial(server, client, List.of(version), List.of())) {
      return dial.get();
    }
  }

  private TlsDial dial(
      TlsServer server,
      @Nullable Identity client,
      List<String> versions,
      List<String> applicationProtocols)
      throws Exception {
    X509Certificate trusted =
        Files.exists(directory.resolve("local/ca.crt")) ? authority() : corporate.certificate();
    return TlsDial.open(
        server.port(), "localhost", trusted, client, versions, applicationProtocols);
  }
}
