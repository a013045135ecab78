package dev.entrepot.testing;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A throw-away certificate authority for one test. */
public final class TestCertificates {

  private final KeyPair keys = newKeys("EC", 256);
  private final X509Certificate certificate;

  private TestCertificates(String name) {
    var now = Instant.now();
    this.certificate =
        sign(
            new X500Name("CN=" + name),
            keys,
            keys.getPrivate(),
            new X500Name("CN=" + name),
            now.minus(Duration.ofDays(2)),
            now.plus(Duration.ofDays(30)),
            List.of());
  }

  /** A new authority with its own key. */
  public static TestCertificates create() {
    return new TestCertificates("Throw-away test authority");
  }

  /** The authority's own certificate. */
  public X509Certificate authority() {
    return certificate;
  }

  /** A certificate for 127.0.0.1 and localhost. */
  public Issued local() {
    return issue("127.0.0.1", "localhost");
  }

  /**
   * A certificate, valid now, for these DNS names and IP addresses; good for servers and clients.
   */
  public Issued issue(String... names) {
    var now = Instant.now();
    return issue(now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(7)), names);
  }

  /** A certificate that ended yesterday. */
  public Issued expired(String... names) {
    var now = Instant.now();
    return issue(now.minus(Duration.ofDays(2)), now.minus(Duration.ofDays(1)), names);
  }

  /** A certificate for an RSA key, as token servers sign with. */
  public Issued rsa(String name) {
    var now = Instant.now();
    return issue(
        newKeys("RSA", 2048), now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(7)), name);
  }

  /** A certificate with this validity. */
  public Issued issue(Instant from, Instant until, String... names) {
    return issue(newKeys("EC", 256), from, until, names);
  }

  private Issued issue(KeyPair leaf, Instant from, Instant until, String... names) {
    var subject = new X500Name("CN=" + names[0]);
    var issuer = new X500Name(certificate.getSubjectX500Principal().getName());
    var signed = sign(subject, leaf, keys.getPrivate(), issuer, from, until, List.of(names));
    return new Issued(leaf.getPrivate(), signed, certificate);
  }

  /** A client context that trusts this authority and checks names. */
  public SSLContext trust() {
    return trust(certificate);
  }

  /** A client context that trusts the authority in this PEM file and checks names. */
  public static SSLContext trust(Path pem) {
    try (var file = Files.newInputStream(pem)) {
      return trust(CertificateFactory.getInstance("X.509").generateCertificate(file));
    } catch (GeneralSecurityException | IOException broken) {
      throw new IllegalStateException("tried to trust " + pem + " but could not", broken);
    }
  }

  private static SSLContext trust(Certificate authority) {
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("authority", authority);
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException broken) {
      throw new IllegalStateException("tried to trust a test authority but could not", broken);
    }
  }

  /** Writes the authority's certificate as {@code ca.pem} into the directory. */
  public Path writeAuthority(Path directory) {
    return write(directory.resolve("ca.pem"), pem("CERTIFICATE", encoded(certificate)));
  }

  /** A key with the certificate that the authority signed for it. */
  public record Issued(PrivateKey key, X509Certificate certificate, X509Certificate authority) {

    /** The context for a server that shows this certificate. */
    public SslContext server() {
      try {
        return SslContextBuilder.forServer(key, certificate, authority).build();
      } catch (SSLException broken) {
        throw new IllegalStateException("tried to serve a test certificate but could not", broken);
      }
    }

    /** Writes {@code name.crt} (with the authority's certificate after it) and {@code name.key}. */
    public PemFiles write(Path directory, String name) {
      var chain = pem("CERTIFICATE", encoded(certificate)) + pem("CERTIFICATE", encoded(authority));
      return new PemFiles(
          TestCertificates.write(directory.resolve(name + ".crt"), chain),
          TestCertificates.write(
              directory.resolve(name + ".key"), pem("PRIVATE KEY", key.getEncoded())));
    }
  }

  /** Where a certificate chain and its key were written. */
  public record PemFiles(Path certificate, Path key) {}

  private static KeyPair newKeys(String algorithm, int bits) {
    try {
      var generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has EC and RSA", impossible);
    }
  }

  private static X509Certificate sign(
      X500Name subject,
      KeyPair keys,
      PrivateKey signer,
      X500Name issuer,
      Instant from,
      Instant until,
      List<String> names) {
    boolean authority = names.isEmpty();
    var serial = new BigInteger(64, new SecureRandom());
    var builder =
        new JcaX509v3CertificateBuilder(
            issuer, serial, Date.from(from), Date.from(until), subject, keys.getPublic());
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (authority) {
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      } else {
        var purposes =
            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
        builder.addExtension(Extension.subjectAlternativeName, false, alternatives(names));
      }
      var signature = new JcaContentSignerBuilder("SHA256withECDSA").build(signer);
      return new JcaX509CertificateConverter().getCertificate(builder.build(signature));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException broken) {
      throw new IllegalStateException("tried to sign a test certificate but could not", broken);
    }
  }

  private static GeneralNames alternatives(List<String> names) {
    return new GeneralNames(
        names.stream()
            .map(
                name ->
                    new GeneralName(
                        name.matches("[0-9.]+|.*:.*") ? GeneralName.iPAddress : GeneralName.dNSName,
                        name))
            .toArray(GeneralName[]::new));
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException broken) {
      throw new IllegalStateException("tried to encode a test certificate but could not", broken);
    }
  }

  private static String pem(String kind, byte[] encoded) {
    var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
  }

  private static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write " + file + " but could not", broken);
    }
  }
}
