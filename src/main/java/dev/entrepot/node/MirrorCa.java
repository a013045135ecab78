package dev.entrepot.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The PEM certificates a node must trust to reach the mirror: certificates and nothing else. */
public record MirrorCa(String pem) {

  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", Pattern.DOTALL);
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  /** Keeps the certificates of a PEM text, written anew, so that no stray text reaches a node. */
  public MirrorCa {
    if (pem.contains("PRIVATE KEY")) {
      throw new NodeConfigurationException(
          "tried to read the mirror's CA but the PEM holds a private key, which no node may have:"
              + " hand in the certificate alone");
    }
    pem = CERTIFICATE.matcher(pem).results().map(MirrorCa::rewritten).collect(Collectors.joining());
    if (pem.isEmpty()) {
      throw new NodeConfigurationException(
          "tried to read the mirror's CA but found no PEM certificate"
              + " (-----BEGIN CERTIFICATE-----) in it");
    }
  }

  /** Reads the CA from a PEM file. */
  public static MirrorCa read(Path file) {
    try {
      return new MirrorCa(Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw NodeConfigurationException.of("tried to read the mirror's CA from " + file, e);
    }
  }

  private static String rewritten(MatchResult block) {
    try {
      var der = Base64.getMimeDecoder().decode(block.group(1));
      var certificate =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
      return "-----BEGIN CERTIFICATE-----\n"
          + LINES.encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateException | IllegalArgumentException _) {
      throw new NodeConfigurationException(
          "tried to read the mirror's CA but one of its PEM blocks is no X.509 certificate");
    }
  }
}
