package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.junit.jupiter.api.Test;

class CertificateAuthorityTest {

  private static final int DIGITAL_SIGNATURE = 0;
  private static final int CERTIFICATE_SIGN = 5;
  private static final int REVOCATION_SIGN = 6;
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");

  private final CertificateAuthority authority = CertificateAuthority.create("node-7", NOW);

  @Test
  void authoritySignsCertificatesAndNothingElseForTenYears() {
    // When
    X509Certificate certificate = authority.certificate();

    // Then
    assertThat(certificate.getSubjectX500Principal().getName())
        .isEqualTo("CN=Entrepot local CA node-7");
    assertThat(certificate.getBasicConstraints()).isZero();
    assertThat(bits(certificate)).containsExactly(CERTIFICATE_SIGN, REVOCATION_SIGN);
    assertThat(certificate.getNotBefore().toInstant()).isEqualTo(NOW.minusSeconds(3600));
    assertThat(certificate.getNotAfter().toInstant()).isEqualTo("2036-05-01T12:00:00Z");
    assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("EC");
  }

  @Test
  void leafIsAServerCertificateThatGoAndAppleAccept() throws Exception {
    // When
    X509Certificate leaf = authority.issueServer(SubjectNames.of("a.example"), NOW).certificate();

    // Then
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(bits(leaf)).containsExactly(DIGITAL_SIGNATURE);
    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(leaf.getSerialNumber()).isPositive();
    assertThat(leaf.getSerialNumber().toByteArray()).hasSizeLessThanOrEqualTo(20);
    assertThat(leaf.getNotBefore().toInstant()).isEqualTo(NOW.minusSeconds(3600));
    assertThat(Duration.between(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()))
        .isBetween(Duration.ofDays(89), Duration.ofDays(397));
    leaf.verify(authority.certificate().getPublicKey());
  }

  @Test
  void leafNamesItsAuthoritysKey() throws Exception {
    // When
    X509Certificate leaf = authority.issueServer(SubjectNames.of("a.example"), NOW).certificate();

    // Then
    var leafExtensions = new JcaX509CertificateHolder(leaf).getExtensions();
    var extensions = new JcaX509CertificateHolder(authority.certificate()).getExtensions();
    assertThat(AuthorityKeyIdentifier.fromExtensions(leafExtensions).getKeyIdentifierOctets())
        .isEqualTo(SubjectKeyIdentifier.fromExtensions(extensions).getKeyIdentifier());
    assertThat(SubjectKeyIdentifier.fromExtensions(leafExtensions)).isNotNull();
  }

  @Test
  void leafNeverOutlivesItsAuthority() {
    // Given
    Instant lateInLife = authority.certificate().getNotAfter().toInstant().minusSeconds(86_400);

    // When
    Identity leaf = authority.issueServer(SubjectNames.of("a.example"), lateInLife);

    // Then
    assertThat(leaf.certificate().getNotAfter()).isEqualTo(authority.certificate().getNotAfter());
  }

  @Test
  void serialsDiffer() {
    // Given
    SubjectNames names = SubjectNames.of("a.example");

    // When
    Identity first = authority.issueServer(names, NOW);
    Identity second = authority.issueServer(names, NOW);

    // Then
    assertThat(first.certificate().getSerialNumber())
        .isNotEqualTo(second.certificate().getSerialNumber());
  }

  @Test
  void keyOfAnotherCertificateIsNoIdentity() {
    // Given
    CertificateAuthority other = CertificateAuthority.create("node-8", NOW);

    // When, Then
    assertThatThrownBy(() -> new Identity(other.identity().key(), List.of(authority.certificate())))
        .isInstanceOf(UnusableCertificateException.class)
        .hasMessageContaining("does not belong");
  }

  private static List<Integer> bits(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    return java.util.stream.IntStream.range(0, usage.length)
        .filter(bit -> usage[bit])
        .boxed()
        .toList();
  }
}
