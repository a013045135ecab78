package dev.entrepot.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of ours with its key: it can issue certificates. */
record CertificateAuthority(Identity identity) {

  private static final Period AUTHORITY_LIFE = Period.ofYears(10);
  // Apple refuses more than 398 days; short lives make renewal a habit instead of an event.
  private static final Duration LEAF_LIFE = Duration.ofDays(90);
  // Node clocks differ.
  private static final Duration SKEW = Duration.ofHours(1);
  private static final int LONGEST_COMMON_NAME = 64;

  static CertificateAuthority create(String hostName, Instant now) {
    KeyPair keys = newKeys();
    Instant notBefore = now.minus(SKEW);
    X500Principal subject = commonName("Entrepot local CA " + hostName);
    Instant notAfter = now.atOffset(ZoneOffset.UTC).plus(AUTHORITY_LIFE).toInstant();
    try {
      X509v3CertificateBuilder builder =
          builder(subject, subject, keys, notBefore, notAfter)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
              .addExtension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      Identity signer = new Identity(keys.getPrivate(), List.of(sign(builder, keys)));
      return new CertificateAuthority(signer);
    } catch (IOException | GeneralSecurityException | OperatorCreationException failure) {
      throw new IllegalStateException("tried to create a certificate authority", failure);
    }
  }

  static CertificateAuthority read(Path certificate, Path privateKey) {
    return new CertificateAuthority(Identity.read(certificate, privateKey));
  }

  /** Issues a server certificate that never outlives this authority. */
  Identity issueServer(SubjectNames names, Instant now) {
    return issue(names, KeyPurposeId.id_kp_serverAuth, now);
  }

  Identity issue(SubjectNames names, KeyPurposeId purpose, Instant now) {
    return issue(newKeys(), names, purpose, now);
  }

  Identity issue(KeyPair keys, SubjectNames names, KeyPurposeId purpose, Instant now) {
    Instant end = certificate().getNotAfter().toInstant();
    Instant wantedEnd = now.plus(LEAF_LIFE);
    try {
      X509v3CertificateBuilder builder =
          builder(
                  certificate().getSubjectX500Principal(),
                  commonName("Entrepot"),
                  keys,
                  now.minus(SKEW),
                  wantedEnd.isBefore(end) ? wantedEnd : end)
              .addExtension(
                  Extension.authorityKeyIdentifier, false, new AuthorityKeyIdentifier(keyId()))
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose))
              .addExtension(Extension.subjectAlternativeName, false, names.toGeneralNames());
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(sign(builder, new KeyPair(keys.getPublic(), identity.key())));
      chain.addAll(identity.chain());
      return new Identity(keys.getPrivate(), chain);
    } catch (IOException | GeneralSecurityException | OperatorCreationException failure) {
      throw new IllegalStateException("tried to issue a certificate for " + names, failure);
    }
  }

  X509Certificate certificate() {
    return identity.certificate();
  }

  private byte[] keyId() throws GeneralSecurityException {
    SubjectKeyIdentifier ours =
        SubjectKeyIdentifier.fromExtensions(
            new JcaX509CertificateHolder(certificate()).getExtensions());
    return ours != null
        ? ours.getKeyIdentifier()
        : new JcaX509ExtensionUtils()
            .createSubjectKeyIdentifier(certificate().getPublicKey())
            .getKeyIdentifier();
  }

  private static X509v3CertificateBuilder builder(
      X500Principal issuer,
      X500Principal subject,
      KeyPair keys,
      Instant notBefore,
      Instant notAfter)
      throws IOException, GeneralSecurityException {
    return new JcaX509v3CertificateBuilder(
            issuer,
            // Positive and at most 20 bytes, as RFC 5280 4.1.2.2 asks and Go checks.
            new BigInteger(126, new SecureRandom()).setBit(126),
            Date.from(notBefore.truncatedTo(ChronoUnit.SECONDS)),
            Date.from(notAfter.truncatedTo(ChronoUnit.SECONDS)),
            subject,
            keys.getPublic())
        .addExtension(
            Extension.subjectKeyIdentifier,
            false,
            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, KeyPair signer)
      throws GeneralSecurityException, OperatorCreationException {
    var signature =
        new JcaContentSignerBuilder(Identity.signatureAlgorithm(signer.getPrivate()))
            .build(signer.getPrivate());
    return new JcaX509CertificateConverter().getCertificate(builder.build(signature));
  }

  private static X500Principal commonName(String name) {
    String fitting = name.substring(0, Math.min(name.length(), LONGEST_COMMON_NAME));
    try {
      return new X500Principal(
          new X500NameBuilder().addRDN(BCStyle.CN, fitting).build().getEncoded());
    } catch (IOException impossible) {
      throw new IllegalStateException("a common name has an encoding", impossible);
    }
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has the curve P-256", impossible);
    }
  }
}
