package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Nasty paths, the same ones in every run: each is understood or refused in one clean sentence. */
class RegistryRequestParserFuzzTest {

  private static final int CASES = 10_000;
  private static final String HEX = "0123456789abcdef".repeat(4);

  private static final List<String> PIECES =
      List.of(
          "v2",
          "V2",
          "library",
          "nginx",
          "docker.io",
          "ghcr.io",
          "reg.corp_5000",
          "reg.corp:5000",
          "manifests",
          "blobs",
          "tags",
          "list",
          "referrers",
          "_catalog",
          "latest",
          "1.27",
          "..",
          ".",
          "...",
          "%2e%2e",
          "%2F",
          "%",
          ";x=y",
          "CON",
          "NUL.txt",
          "aux",
          "~",
          "$HOME",
          "`id`",
          "*",
          "?",
          "#",
          "@",
          "\\",
          "'",
          "\"",
          "<script>",
          "{{7*7}}",
          "${x}",
          "\u0000",
          "\r\n",
          "\t",
          " ",
          "\u0007",
          "\u007f",
          "\u00e9",
          "\u202e",
          "\ud83d\ude00",
          "\ud800",
          "\uffff",
          "sha256:" + HEX,
          "sha512:" + HEX + HEX,
          "sha256:" + HEX.substring(1),
          "sha1:00",
          ":",
          "sha256:../../etc/passwd",
          "[::1]",
          "[",
          "a".repeat(5_000),
          "a-".repeat(300),
          "a/".repeat(400),
          "__",
          "-");

  private static final List<String> PARAMETERS =
      List.of(
          "ns=docker.io",
          "ns=ghcr.io",
          "ns=reg.corp%3A5000",
          "ns=",
          "ns=%00",
          "ns=%zz",
          "ns=%",
          "ns=a/b",
          "ns=\r\n",
          "n=5",
          "n=-1",
          "n=99999999999999999999",
          "last=x",
          "=",
          "&",
          "%",
          "x=\u00e9",
          "x=%ff%fe",
          "artifactType=a%0d%0ab",
          "x=" + "y".repeat(5_000));

  @Test
  void everyPathIsUnderstoodOrRefusedCleanly() {
    // Given
    Random random = new Random(51);
    int understood = 0;

    for (int i = 0; i < CASES; i++) {
      String path = path(random);
      String query = query(random);
      String shown = "path " + i + " of seed 51";
      try {
        // When
        RegistryRequest request = RegistryRequestParser.parse(path, query);

        // Then
        understood++;
        assertThat(request.describe()).as(shown).matches("[ -~]{1,1000}");
        assertThat(request.describe()).as(shown).doesNotContain("..", "//", "%", "\"", "\\");
      } catch (RegistryException refusal) {
        assertThat(refusal.code().status()).as(shown).isBetween(400, 499);
        assertThat(refusal.explanation()).as(shown).matches("[ -~]{1,300}");
      }
    }
    assertThat(understood).isBetween(CASES / 50, CASES / 2);
  }

  /**
   * Half of them well-formed but for a piece or two: noise alone never gets past the first check.
   */
  private static String path(Random random) {
    StringBuilder path = new StringBuilder(random.nextInt(20) == 0 ? "" : "/");
    if (random.nextBoolean()) {
      path.append("v2/");
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      path.append(random.nextInt(3) == 0 ? piece(random) : "library");
      path.append(random.nextInt(20) == 0 ? piece(random) : "/");
    }
    return switch (random.nextInt(5)) {
      case 0 -> path.append(piece(random)).append('/').append(piece(random)).toString();
      case 1 -> path.append("blobs/sha256:").append(HEX).toString();
      case 2 -> path.append("tags/list").toString();
      case 3 -> path.append("manifests/").append(piece(random)).toString();
      default -> path.append("nginx/manifests/latest").toString();
    };
  }

  private static String query(Random random) {
    StringBuilder query = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      query.append(PARAMETERS.get(random.nextInt(PARAMETERS.size()))).append('&');
    }
    return query.toString();
  }

  private static String piece(Random random) {
    return PIECES.get(random.nextInt(PIECES.size()));
  }
}
