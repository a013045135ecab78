package dev.entrepot.tls;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/** PEM text, read leniently (PKCS#8, PKCS#1, SEC1) and written strictly (PKCS#8). */
final class Pem {

  private Pem() {}

  /** The certificates of a file in their order, at least one. */
  static List<X509Certificate> certificates(Path file) {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      for (Object part : parts(file, "read a certificate from")) {
        if (part instanceof X509CertificateHolder holder) {
          certificates.add(new JcaX509CertificateConverter().getCertificate(holder));
        }
      }
    } catch (GeneralSecurityException malformed) {
      throw new UnusableCertificateException(
          "tried to read a certificate from %s but it is malformed".formatted(file), malformed);
    }
    if (certificates.isEmpty()) {
      throw new UnusableCertificateException(
          "tried to read a certificate from %s but it holds no PEM certificate".formatted(file));
    }
    return List.copyOf(certificates);
  }

  /** The first private key of a file. */
  static PrivateKey privateKey(Path file) {
    for (Object part : parts(file, "read a private key from")) {
      switch (part) {
        case PrivateKeyInfo key -> {
          return toPrivateKey(key, file);
        }
        case PEMKeyPair pair -> {
          return toPrivateKey(pair.getPrivateKeyInfo(), file);
        }
        case PEMEncryptedKeyPair _, PKCS8EncryptedPrivateKeyInfo _ ->
            throw new UnusableCertificateException(
                "tried to read a private key from %s but it is encrypted; store it without a passphrase"
                    .formatted(file));
        default -> {
          // Curve parameters and certificates may stand before the key.
        }
      }
    }
    throw new UnusableCertificateException(
        "tried to read a private key from %s but it holds no PEM private key".formatted(file));
  }

  static String write(List<X509Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    try {
      for (X509Certificate certificate : certificates) {
        text.append(write("CERTIFICATE", certificate.getEncoded()));
      }
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("a parsed certificate has an encoding", impossible);
    }
    return text.toString();
  }

  static String write(PrivateKey key) {
    return write("PRIVATE KEY", key.getEncoded());
  }

  private static String write(String type, byte[] content) {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, content));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toString();
  }

  private static List<Object> parts(Path file, String attempt) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw UnusableCertificateException.io(attempt, file, unreadable);
    }
    List<Object> parts = new ArrayList<>();
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
        parts.add(part);
      }
      return parts;
    } catch (IOException | RuntimeException _) {
      // The parser's message may quote what it read, so neither it nor its exception is passed on.
      throw new UnusableCertificateException(
          "tried to %s %s but its PEM text is malformed or cut short".formatted(attempt, file));
    }
  }

  private static PrivateKey toPrivateKey(PrivateKeyInfo key, Path file) {
    String algorithm = key.getPrivateKeyAlgorithm().getAlgorithm().getId();
    try {
      // The JDK's key factories know these object identifiers as aliases of their algorithm names.
      return KeyFactory.getInstance(algorithm)
          .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
    } catch (GeneralSecurityException | IOException unsupported) {
      throw new UnusableCertificateException(
          "tried to read a private key from %s but its algorithm or curve is not supported; use ECDSA P-256 or RSA"
              .formatted(file),
          unsupported);
    }
  }
}
