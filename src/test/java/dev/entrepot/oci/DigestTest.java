package dev.entrepot.oci;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.security.MessageDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Digests are sha256 or sha512 in lower-case hex, and prove bytes. */
class DigestTest {

  private static final byte[] ABC = "abc".getBytes(US_ASCII);
  private static final String SHA256_OF_ABC =
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  private static final String SHA512_OF_ABC =
      "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

  @ParameterizedTest
  @ValueSource(strings = {SHA256_OF_ABC, SHA512_OF_ABC})
  void isWrittenAsItWasRead(String text) {
    // When
    Digest digest = Digest.parse(text);

    // Then
    assertThat(digest).hasToString(text);
    assertThat(digest.algorithm()).isEqualTo(text.substring(0, 6));
  }

  @ParameterizedTest
  @ValueSource(strings = {SHA256_OF_ABC, SHA512_OF_ABC})
  void matchesItsOwnBytesOnly(String text) {
    // Given
    Digest digest = Digest.parse(text);

    // When
    boolean own = digest.matches(ABC);
    boolean other = digest.matches("abd".getBytes(US_ASCII));

    // Then
    assertThat(own).isTrue();
    assertThat(other).isFalse();
  }

  @Test
  void isProvedPieceByPiece() {
    // Given
    Digest digest = Digest.parse(SHA512_OF_ABC);
    MessageDigest hash = digest.newHash();
    hash.update(ABC, 0, 1);
    hash.update(ABC, 1, 2);

    // When
    boolean matches = digest.matches(hash);

    // Then
    assertThat(matches).isTrue();
  }

  @Test
  void sha256OfBytesIsTheKnownOne() {
    // When
    Digest digest = Digest.sha256Of(ABC);

    // Then
    assertThat(digest).hasToString(SHA256_OF_ABC);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "sha256",
        "sha256:",
        "sha256:baddigeststring",
        // one character short, one too many, upper case, no hex, a line end
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
        "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "sha256:ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a\n",
        // a length that belongs to the other algorithm, and algorithms that prove little
        "sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha384:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
        "md5:900150983cd24fb0d6963f7d28e17f72",
        "sha256:../../../../../../../../../../../../../../../../../../etc/passwd",
        ":ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      })
  void anythingElseIsRefused(String text) {
    // When
    RegistryException refusal =
        catchThrowableOfType(RegistryException.class, () -> Digest.parse(text));

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.DIGEST_INVALID);
    assertThat(refusal.code().status()).isEqualTo(400);
    assertThat(Digest.tryParse(text)).isEmpty();
  }

  @Test
  void serversDigestIsReadWithoutFailing() {
    // When
    var digest = Digest.tryParse(SHA256_OF_ABC);

    // Then
    assertThat(digest).contains(Digest.sha256Of(ABC));
  }
}
