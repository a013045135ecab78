package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.util.io.pem.PemHeader;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemTest {

  @TempDir Path directory;

  @Test
  void pkcs8EcAndRsaKeysAreRead() throws Exception {
    for (String algorithm : List.of("EC", "RSA")) {
      // Given
      KeyPair keys = keys(algorithm);
      Path file = file(Pem.write(keys.getPrivate()));

      // When, Then
      assertThat(Pem.privateKey(file)).isEqualTo(keys.getPrivate());
    }
  }

  @Test
  void pkcs1RsaKeyIsRead() throws Exception {
    // Given
    KeyPair keys = keys("RSA");
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
    Path file = file(pem("RSA PRIVATE KEY", info.parsePrivateKey().toASN1Primitive().getEncoded()));

    // When, Then
    assertThat(Pem.privateKey(file)).isEqualTo(keys.getPrivate());
  }

  @Test
  void sec1EcKeyIsReadBehindItsCurveParameters() throws Exception {
    // Given
    KeyPair keys = keys("EC");
    byte[] key =
        new org.bouncycastle.asn1.sec.ECPrivateKey(
                256, ((ECPrivateKey) keys.getPrivate()).getS(), X9ObjectIdentifiers.prime256v1)
            .getEncoded();
    Path file =
        file(
            pem("EC PARAMETERS", X9ObjectIdentifiers.prime256v1.getEncoded())
                + pem("EC PRIVATE KEY", key));

    // When, Then
    assertThat(((ECPrivateKey) Pem.privateKey(file)).getS())
        .isEqualTo(((ECPrivateKey) keys.getPrivate()).getS());
  }

  @Test
  void encryptedKeyIsRefusedWithARemedy() throws Exception {
    // Given
    Path file =
        file(
            pem(
                new PemObject(
                    "RSA PRIVATE KEY",
                    List.of(
                        new PemHeader("Proc-Type", "4,ENCRYPTED"),
                        new PemHeader("DEK-Info", "AES-128-CBC," + "0".repeat(32))),
                    new byte[16])));

    // When, Then
    assertThatThrownBy(() -> Pem.privateKey(file))
        .isInstanceOf(UnusableCertificateException.class)
        .hasMessageContainingAll(file.toString(), "encrypted", "without a passphrase");
  }

  @Test
  void brokenFilesAreRefusedWithoutQuotingThem() throws Exception {
    // Given
    String text = Pem.write(keys("EC").getPrivate());
    Path cut = file(text.substring(0, text.length() / 2));
    Path empty = Files.createFile(directory.resolve("empty.pem"));
    Path absent = directory.resolve("absent.pem");

    // When, Then
    assertThatThrownBy(() -> Pem.privateKey(cut))
        .hasMessageContainingAll(cut.toString(), "cut short")
        .hasNoCause();
    assertThatThrownBy(() -> Pem.privateKey(empty)).hasMessageContaining("no PEM private key");
    assertThatThrownBy(() -> Pem.certificates(empty)).hasMessageContaining("no PEM certificate");
    assertThatThrownBy(() -> Pem.certificates(absent)).hasMessageContaining("does not exist");
  }

  @Test
  void chainKeepsItsOrder() throws Exception {
    // Given
    Instant now = Instant.parse("2026-05-01T00:00:00Z");
    Identity leaf =
        CertificateAuthority.create("host", now).issueServer(SubjectNames.of("a.example"), now);

    // When
    Path file = file("a comment before\n" + Pem.write(leaf.chain()));

    // Then
    assertThat(Pem.certificates(file)).isEqualTo(leaf.chain()).hasSize(2);
  }

  private Path file(String text) throws Exception {
    return Files.writeString(
        Files.createTempFile(directory, "key", ".pem"), text, StandardCharsets.US_ASCII);
  }

  private static String pem(String type, byte[] content) throws Exception {
    return pem(new PemObject(type, content));
  }

  private static String pem(PemObject object) throws Exception {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }

  private static KeyPair keys(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(algorithm.equals("EC") ? 256 : 2048);
    return generator.generateKeyPair();
  }
}
