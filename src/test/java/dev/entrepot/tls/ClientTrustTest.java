package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entrepot.reload.ReloadOutcome;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.test.StepVerifier;

class ClientTrustTest {

  private static final SubjectNames HERE = SubjectNames.of("localhost", "127.0.0.1");
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir Path directory;
  private final Instant now = Instant.now();
  private final CertificateAuthority corporate = CertificateAuthority.create("corporate", now);
  private final CertificateAuthority unknown = CertificateAuthority.create("unknown", now);
  private final List<ReloadOutcome> outcomes = new ArrayList<>();

  /**
   * What S-08 of the threat catalogue asks: nothing is sent to a peer that is not who it should be.
   */
  @ParameterizedTest
  @EnumSource(
      value = SslProvider.class,
      names = {"OPENSSL", "JDK"})
  void peersThatAreNotWhoTheyShouldBeGetNoRequest(SslProvider provider) throws Exception {
    // Given
    assumeTrue(
        provider == SslProvider.JDK || OpenSsl.isAvailable(), "netty-tcnative does not load here");
    CertificateAuthority old = CertificateAuthority.create("old", now.minus(Duration.ofDays(200)));
    UpstreamTlsProperties properties = trusting(corporate, old);
    List<Identity> impostors =
        List.of(
            corporate.issueServer(SubjectNames.of("other.example", "10.0.0.1"), now),
            old.issueServer(HERE, now.minus(Duration.ofDays(200))),
            unknown.issueServer(HERE, now),
            selfSigned());

    try (ClientTrust trust =
            new ClientTrust(properties, new ContextBuild(provider, List.of()), outcomes::add);
        ClientTrust credulous = trust(new UpstreamTlsProperties(null, null, null, true))) {
      for (Identity impostor : impostors) {
        try (TlsServer server = new TlsServer(server(impostor, null))) {
          // When, Then
          for (String host : List.of("localhost", "127.0.0.1")) {
            StepVerifier.create(get(trust, host, server))
                .expectError(SSLException.class)
                .verify(PATIENCE);
          }
          assertThat(server.requests()).as("%s", impostor).isZero();

          // Then it was nothing but the verification that stood in the way
          StepVerifier.create(get(credulous, "localhost", server))
              .expectNext("ok")
              .expectComplete()
              .verify(PATIENCE);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SslProvider.class,
      names = {"OPENSSL", "JDK"})
  void namedAuthorityIsTrustedByNameAndAddress(SslProvider provider) throws Exception {
    // Given
    assumeTrue(
        provider == SslProvider.JDK || OpenSsl.isAvailable(), "netty-tcnative does not load here");
    try (ClientTrust trust =
            new ClientTrust(
                trusting(unknown, corporate),
                new ContextBuild(provider, List.of()),
                outcomes::add);
        TlsServer server = new TlsServer(server(corporate.issueServer(HERE, now), null))) {

      for (String host : List.of("localhost", "127.0.0.1")) {
        // When, Then
        StepVerifier.create(get(trust, host, server))
            .expectNext("ok")
            .expectComplete()
            .verify(PATIENCE);
      }
    }
  }

  @Test
  void nothingButTheSystemsAuthoritiesIsTrustedByDefault() {
    // Given
    try (ClientTrust trust = trust(UpstreamTlsProperties.system());
        TlsServer server = new TlsServer(server(corporate.issueServer(HERE, now), null))) {

      // When, Then
      StepVerifier.create(get(trust, "localhost", server))
          .expectError(SSLException.class)
          .verify(PATIENCE);
      assertThat(server.requests()).isZero();
    }
  }

  @Test
  void verificationIsSkippedOnlyOnDemand() throws Exception {
    // Given
    try (ClientTrust trust = trust(new UpstreamTlsProperties(null, null, null, true));
        TlsServer server = new TlsServer(server(selfSigned(), null))) {

      // When, Then
      StepVerifier.create(get(trust, "localhost", server))
          .expectNext("ok")
          .expectComplete()
          .verify(PATIENCE);
    }
  }

  @Test
  void clientCertificateIsPresented() throws Exception {
    // Given
    Identity client =
        corporate.issue(SubjectNames.of("mirror"), KeyPurposeId.id_kp_clientAuth, now);
    UpstreamTlsProperties with =
        new UpstreamTlsProperties(
            file("ca.pem", Pem.write(corporate.identity().chain())),
            file("client.pem", Pem.write(client.chain())),
            file("client.key", Pem.write(client.key())),
            false);
    try (TlsServer server =
            new TlsServer(server(corporate.issueServer(HERE, now), corporate.certificate()));
        ClientTrust trust = trust(with);
        ClientTrust anonymous = trust(trusting(corporate))) {

      // When, Then
      StepVerifier.create(get(trust, "localhost", server))
          .expectNext("ok")
          .expectComplete()
          .verify(PATIENCE);
      StepVerifier.create(get(anonymous, "localhost", server)).expectError().verify(PATIENCE);
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  @Test
  void changedAuthorityIsTakenUpAndABrokenOneIsNot() throws Exception {
    // Given
    UpstreamTlsProperties properties = trusting(unknown);
    Path ca = directory.resolve("ca.pem");
    try (ClientTrust trust = trust(properties);
        TlsServer server = new TlsServer(server(corporate.issueServer(HERE, now), null))) {
      StepVerifier.create(get(trust, "localhost", server)).expectError().verify(PATIENCE);

      // When
      Files.writeString(ca, Pem.write(corporate.identity().chain()));
      ReloadOutcome changed = trust.scan();
      ReloadOutcome same = trust.scan();
      Files.writeString(ca, "nonsense");
      ReloadOutcome broken = trust.scan();

      // Then
      assertThat(changed).isEqualTo(new ReloadOutcome.Replaced());
      assertThat(same).isEqualTo(new ReloadOutcome.Unchanged());
      assertThat(broken).isInstanceOf(ReloadOutcome.Kept.class);
      assertThat(outcomes).containsExactly(changed, broken);
      StepVerifier.create(get(trust, "localhost", server))
          .expectNext("ok")
          .expectComplete()
          .verify(PATIENCE);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SslProvider.class,
      names = {"OPENSSL", "JDK"})
  void everyConnectionVerifiesTheHostName(SslProvider provider) {
    // Given
    assumeTrue(
        provider == SslProvider.JDK || OpenSsl.isAvailable(), "netty-tcnative does not load here");
    try (ClientTrust trust =
        new ClientTrust(
            UpstreamTlsProperties.system(), new ContextBuild(provider, List.of()), outcomes::add)) {

      // When
      SslHandler handler =
          trust.context().newHandler(ByteBufAllocator.DEFAULT, "registry.example", 443);

      // Then
      assertThat(handler.engine().getSSLParameters().getEndpointIdentificationAlgorithm())
          .isEqualTo("HTTPS");
      handler.engine().closeOutbound();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SslProvider.class,
      names = {"OPENSSL", "JDK"})
  void connectionMadeWithoutAHostNameTrustsNobody(SslProvider provider) throws Exception {
    // Given
    assumeTrue(
        provider == SslProvider.JDK || OpenSsl.isAvailable(), "netty-tcnative does not load here");
    ContextBuild build = new ContextBuild(provider, List.of());
    try (ClientTrust trust = new ClientTrust(trusting(corporate), build, outcomes::add);
        ClientTrust credulous = trust(new UpstreamTlsProperties(null, null, null, true));
        TlsServer server = new TlsServer(server(corporate.issueServer(HERE, now), null))) {

      // When, Then
      StepVerifier.create(getWithoutName(trust, server)).expectError().verify(PATIENCE);
      assertThat(server.requests()).isZero();

      // Then it was nothing but the verification that stood in the way
      StepVerifier.create(getWithoutName(credulous, server))
          .expectNext("ok")
          .expectComplete()
          .verify(PATIENCE);
    }
  }

  @Test
  void missingAuthorityFileStopsTheStart() {
    assertThatThrownBy(
            () -> trust(new UpstreamTlsProperties(directory.resolve("no.pem"), null, null, false)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("no.pem", "does not exist");
  }

  private ClientTrust trust(UpstreamTlsProperties properties) {
    return new ClientTrust(properties, List.of(), outcomes::add);
  }

  private UpstreamTlsProperties trusting(CertificateAuthority... authorities) throws Exception {
    List<X509Certificate> all = new ArrayList<>();
    for (CertificateAuthority authority : authorities) {
      all.add(authority.certificate());
    }
    return new UpstreamTlsProperties(file("ca.pem", Pem.write(all)), null, null, false);
  }

  private Path file(String name, String content) throws Exception {
    return Files.writeString(directory.resolve(name), content);
  }

  private Identity selfSigned() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair keys = generator.generateKeyPair();
    X500Principal subject = new X500Principal("CN=localhost");
    var builder =
        new JcaX509v3CertificateBuilder(
                subject,
                BigInteger.ONE,
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(Duration.ofDays(1))),
                subject,
                keys.getPublic())
            .addExtension(Extension.subjectAlternativeName, false, HERE.toGeneralNames());
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    X509Certificate certificate =
        new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    return new Identity(keys.getPrivate(), List.of(certificate));
  }

  private static Mono<String> get(ClientTrust trust, String host, TlsServer server) {
    return HttpClient.newConnection()
        .secure(spec -> spec.sslContext(trust.context()))
        .get()
        .uri("https://%s:%d/".formatted(host, server.port()))
        .responseContent()
        .aggregate()
        .asString();
  }

  private static Mono<String> getWithoutName(ClientTrust trust, TlsServer server) {
    return HttpClient.newConnection()
        .doOnChannelInit(
            (_, channel, _) ->
                channel.pipeline().addFirst(trust.context().newHandler(ByteBufAllocator.DEFAULT)))
        .get()
        .uri("http://localhost:" + server.port())
        .responseContent()
        .aggregate()
        .asString();
  }

  private static SslContext server(Identity identity, @Nullable X509Certificate clients) {
    SslContextBuilder builder = SslContextBuilder.forServer(identity.key(), identity.chainArray());
    if (clients != null) {
      builder.trustManager(clients).clientAuth(ClientAuth.REQUIRE);
    }
    return ContextBuild.with(List.of()).build(builder);
  }
}
