package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said to requests that are no pull, before anybody is asked about them. */
final class OddRequestsTest {

  private static final TestImage IMAGE = TestImage.create(11);
  private static final TestBlob BLOB = TestBlob.of(12, 5000);
  private static final String BY_TAG = "team/app/manifests/v1";
  private static final String BLOB_PATH = "team/app/blobs/" + BLOB.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", IMAGE, "v1").push("team/app", BLOB);
  }

  /** S-15, assertion 40. */
  @ParameterizedTest
  @ValueSource(
      strings = {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get"})
  void onlyGetAndHeadAreServedWhateverThePath(String method) {
    for (var path :
        List.of(
            "/v2/",
            "/v2/team/app/blobs/uploads/",
            ProxiedRegistry.target(BY_TAG),
            ProxiedRegistry.target(BLOB_PATH),
            "/v2/_catalog",
            "/",
            "/nonsense")) {
      // When
      var answer =
          once(method + " " + path + " HTTP/1.1\r\nHost: mirror\r\nContent-Length: 0\r\n\r\n");

      // Then
      assertThat(answer.status()).as(method + " " + path).isEqualTo(405);
      assertThat(answer.header("Allow")).hasValue("GET, HEAD");
      assertThat(answer.text()).contains("\"UNSUPPORTED\"");
    }
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** S-16, S-52: an odd path is one decision, and never another upstream's content. */
  @ParameterizedTest
  @CsvSource({
    "//v2/,404",
    "/V2/,404",
    "/v2/./team/app/manifests/v1,400",
    "/v2/../v2/team/app/manifests/v1,400",
    "/v2/%2e%2e/team/app/manifests/v1,400",
    "/v2/team%2Fapp/manifests/v1,400",
    "/v2/team/app/manifests/v1;x=y,400",
    "/v2/team;x=y/app/manifests/v1,400",
    "/v2//team/app/manifests/v1,400",
    "/v2/team//app/manifests/v1,400",
    "/v2/Team/app/manifests/v1,400",
    "/v2/team/app/manifests/,400",
    "/v2/team/app/manifests/..,400",
    "/v2/team/app/manifests/-v1,400",
    "/v2/team/app/manifests,400",
    "/v2/manifests/v1,400",
    "/v2/team/app/tags/lists,400",
    "/v2/team/app/blobs/v1,400",
    "/v2/team/app/blobs/uploads/,400",
    "/v2/team\\app/manifests/v1,400",
    "/v2/%2F%2F..%2F..%2Fetc%2Fpasswd,400",
    "/v2/_catalog,404",
    "/,404",
    "/favicon.ico,404",
    "/metrics,404",
    "/livez,404",
    "/actuator/health,404"
  })
  void oddPathIsRefusedWithoutAskingAnybody(String path, int status) {
    // When
    var answer = HttpProbe.get(mirror.proxy().uri(), path + "?ns=" + ProxiedRegistry.HOST);

    // Then
    assertThat(answer.status()).as(answer.statusLine()).isEqualTo(status);
    WellWritten.assertWellWritten(answer);
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** S-42. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha256:e3b0",
        "sha256:../../../../etc/passwd",
        "sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:",
        "sha256:baddigeststring"
      })
  void weakOrBrokenDigestIsRefused(String digest) {
    // When
    var blob = mirror.get("team/app/blobs/" + digest);
    var manifest = mirror.get("team/app/manifests/" + digest);

    // Then
    assertThat(blob.status()).isEqualTo(400);
    assertThat(manifest.status()).isEqualTo(400);
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** S-61. */
  @Test
  void catalogIsNotOfferedAndPagesHaveASaneSize() {
    // When
    var catalog = HttpProbe.get(mirror.proxy().uri(), "/v2/_catalog?n=100000000");
    var tags =
        HttpProbe.get(
            mirror.proxy().uri(), ProxiedRegistry.target("team/app/tags/list") + "&n=100000000");

    // Then
    assertThat(catalog.status()).isEqualTo(404);
    assertThat(catalog.text()).contains("\"UNSUPPORTED\"");
    assertThat(tags.status()).isEqualTo(200);
    assertThat(mirror.registry().requests())
        .singleElement()
        .satisfies(asked -> assertThat(asked.parameter("n")).hasValue("1000"));
  }

  /** S-62. */
  @Test
  void oversizedRequestsAreRefusedBeforeAnyWork() {
    // Given
    var manyParameters = "&a=1".repeat(101);
    var longLine =
        "/v2/team/app/manifests/v1?ns=" + ProxiedRegistry.HOST + "&x=" + "y".repeat(17_000);
    var target = ProxiedRegistry.target(BY_TAG);

    // When
    var parameters = HttpProbe.get(mirror.proxy().uri(), target + manyParameters);
    var line = HttpProbe.get(mirror.proxy().uri(), longLine);
    var headers = HttpProbe.get(mirror.proxy().uri(), target, "X-Padding: " + "z".repeat(40_000));

    // Then
    assertThat(parameters.status()).isEqualTo(400);
    assertThat(line.status()).isIn(400, 414);
    assertThat(headers.status()).isIn(400, 413, 431);
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** S-51: what a client writes does not end up in our headers. */
  @Test
  void nothingThatAClientSendsSplitsTheAnswer() {
    // When
    var answer =
        HttpProbe.get(
            mirror.proxy().uri(),
            "/v2/team/app/manifests/v1?ns=a%0d%0aSet-Cookie:%20x=y&n=%0d%0aX-Evil:%201");

    // Then
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("Set-Cookie")).isEmpty();
    assertThat(answer.header("X-Evil")).isEmpty();
    WellWritten.assertWellWritten(answer);
  }

  private ProbeAnswer once(String request) {
    try (var probe = mirror.connect().send(request)) {
      return probe.readAnswer("GET");
    }
  }
}
