package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestRule;
import dev.entrepot.testing.TestingProxy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which upstream a request reaches, and under which name. */
final class RoutingTest {

  private static final TestImage OFFICIAL = TestImage.create(1);
  private static final TestImage PRIVATE = TestImage.create(2);
  private static final TestImage ALIASED = TestImage.create(3);

  @TempDir private Path directory;
  private final FakeRegistry hub = FakeRegistry.start();
  private final FakeRegistry corporate = FakeRegistry.start();
  private final FakeRegistry other = FakeRegistry.start();

  @BeforeEach
  void push() {
    hub.push("library/nginx", OFFICIAL, "v1");
    corporate.push("team/app", PRIVATE, "v1");
    other.push("team/app", ALIASED, "v1");
  }

  @AfterEach
  void stop() {
    hub.close();
    corporate.close();
    other.close();
  }

  private TestingProxy.Recipe recipe() {
    return TestingProxy.in(directory)
        .upstreams(
            TestRule.of("docker.io", hub.uri()).build(),
            TestRule.of("reg.example:5000", corporate.uri()).build(),
            TestRule.of("ghcr.io", other.uri()).servedAs("ghcr.mirror.test").build());
  }

  /** Assertion 7. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "reg.example%3A5000",
        "reg.example%3a5000",
        "reg.example:5000",
        "REG.example:5000"
      })
  void namespaceIsPercentDecoded(String namespace) {
    try (var proxy = recipe().start()) {
      // When
      var answer = HttpProbe.get(proxy.uri(), "/v2/team/app/manifests/v1?ns=" + namespace);

      // Then
      assertDelivered(answer, PRIVATE);
      assertThat(answer.header("OCI-Namespace")).hasValue("reg.example:5000");
    }
  }

  /** Assertion 8. */
  @Test
  void namesOfDockerHubAreOneUpstreamAndOneCache() {
    try (var proxy = recipe().start()) {
      for (var name :
          List.of("docker.io", "index.docker.io", "registry-1.docker.io", "DOCKER.IO")) {
        // When
        var answer = HttpProbe.get(proxy.uri(), "/v2/library/nginx/manifests/v1?ns=" + name);

        // Then
        assertDelivered(answer, OFFICIAL);
      }
      assertThat(hub.count("GET", "/manifests/")).isEqualTo(1);
    }
  }

  /** Assertions 9, 10 and 11, and shapes that a slightly wrong mirror entry produces. */
  @ParameterizedTest
  @CsvSource({
    "/v2/docker.io/library/nginx/manifests/v1",
    "/v2/docker.io/nginx/manifests/v1",
    "/v2/nginx/manifests/v1?ns=docker.io",
    "/v2/docker.io/library/nginx/manifests/v1?ns=docker.io",
    "/v2/docker.io/nginx/manifests/v1?ns=docker.io",
    "/v2/docker.io/library/nginx/manifests/v1?ns=registry-1.docker.io",
    "/v2/index.docker.io/library/nginx/manifests/v1",
    "/v2/v2/library/nginx/manifests/v1?ns=docker.io",
    "/docker.io/v2/library/nginx/manifests/v1",
    "/v2/docker.io/v2/library/nginx/manifests/v1?ns=docker.io",
    "/library/nginx/manifests/v1?ns=docker.io"
  })
  void officialImageIsFoundHoweverItIsSpelled(String target) {
    try (var proxy = recipe().start()) {
      // When
      var answer = HttpProbe.get(proxy.uri(), target);

      // Then
      assertDelivered(answer, OFFICIAL);
      assertThat(hub.requests())
          .allMatch(asked -> asked.path().startsWith("/v2/library/nginx/manifests/"));
    }
  }

  /** Assertion 9. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/reg.example_5000/team/app/manifests/v1",
        "/v2/reg.example:5000/team/app/manifests/v1"
      })
  void portIsUnderstoodInAPath(String target) {
    try (var proxy = recipe().start()) {
      // When
      var answer = HttpProbe.get(proxy.uri(), target);

      // Then
      assertDelivered(answer, PRIVATE);
    }
  }

  /** Assertion 12. */
  @Test
  void requestThatNamesNothingMeansTheDefaultUpstream() {
    try (var proxy = recipe().defaultUpstream("docker.io").start()) {
      // When
      var official = HttpProbe.get(proxy.uri(), "/v2/library/nginx/manifests/v1");
      var single = HttpProbe.get(proxy.uri(), "/v2/nginx/manifests/v1");

      // Then
      assertDelivered(official, OFFICIAL);
      assertDelivered(single, OFFICIAL);
    }
  }

  /** Assertion 12. */
  @Test
  void hostUnderWhichWeAreReachedNamesAnUpstream() {
    try (var proxy = recipe().start();
        var probe = HttpProbe.connect(proxy.uri())) {
      // When
      probe.send("GET /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: ghcr.mirror.test:5443\r\n\r\n");

      // Then
      assertDelivered(probe.readAnswer("GET"), ALIASED);
    }
  }

  /** Assertion 12. */
  @Test
  void requestThatNamesNothingIsExplained() {
    try (var proxy = recipe().start()) {
      // When
      var answer = HttpProbe.get(proxy.uri(), "/v2/library/nginx/manifests/v1");

      // Then
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("NAME_INVALID", "?ns=<registry>");
      assertThat(answer.reason()).contains("no upstream is named");
      assertThat(hub.requests()).isEmpty();
    }
  }

  /** Never an open proxy. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/team/app/manifests/v1?ns=evil.example",
        "/v2/team/app/manifests/v1?ns=169.254.169.254",
        "/v2/team/app/manifests/v1?ns=127.0.0.1:1",
        "/v2/team/app/manifests/v1?ns=%5B%3A%3A1%5D:80"
      })
  void registryThatIsNotConfiguredIsDenied(String target) {
    try (var proxy = recipe().start()) {
      // When
      var answer = HttpProbe.get(proxy.uri(), target);

      // Then
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("DENIED");
    }
  }

  /** Assertion 13. */
  @ParameterizedTest
  @ValueSource(strings = {"/v2/", "/v2", "/v2/?ns=docker.io"})
  void pingIsAnsweredThoughEveryUpstreamIsDown(String target) {
    // Given
    hub.close();
    corporate.close();
    other.close();
    try (var proxy = recipe().start()) {
      // When
      var get = HttpProbe.get(proxy.uri(), target);
      var head = HttpProbe.head(proxy.uri(), target);

      // Then
      assertThat(get.status()).isEqualTo(200);
      assertThat(get.text()).isEqualTo("{}");
      assertThat(get.header("Docker-Distribution-Api-Version")).hasValue("registry/2.0");
      assertThat(head.status()).isEqualTo(200);
    }
  }

  /** S-21: no dimension of routing is left out of what content is cached under. */
  @Test
  void requestsForDifferentUpstreamsNeverShareAnAnswer() {
    try (var proxy = recipe().defaultUpstream("docker.io").start()) {
      hub.push("team/app", OFFICIAL, "v1");

      // When, Then
      assertDelivered(HttpProbe.get(proxy.uri(), "/v2/team/app/manifests/v1"), OFFICIAL);
      assertDelivered(
          HttpProbe.get(proxy.uri(), "/v2/team/app/manifests/v1?ns=reg.example%3A5000"), PRIVATE);
      assertDelivered(HttpProbe.get(proxy.uri(), "/v2/ghcr.io/team/app/manifests/v1"), ALIASED);
      try (var probe = HttpProbe.connect(proxy.uri())) {
        probe.send("GET /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: ghcr.mirror.test\r\n\r\n");
        assertDelivered(probe.readAnswer("GET"), ALIASED);
      }
    }
  }

  /** S-53. */
  @Test
  void forwardedHeadersChangeNothing() {
    try (var proxy = recipe().start()) {
      // When
      var answer =
          HttpProbe.get(
              proxy.uri(),
              "/v2/team/app/manifests/v1",
              "X-Forwarded-Host: ghcr.mirror.test",
              "Forwarded: host=ghcr.mirror.test",
              "X-Original-URL: /v2/docker.io/nginx/manifests/v1");

      // Then
      assertThat(answer.status()).isEqualTo(400);
    }
  }

  /** Assertion 40: a page's Link leads back to us, for whoever asked with ns. */
  @Test
  void nextPageKeepsTheNamespace() {
    try (var proxy = recipe().start()) {
      corporate.push("team/app", PRIVATE, "v2", "v3");

      // When
      var first = HttpProbe.get(proxy.uri(), "/v2/team/app/tags/list?n=2&ns=reg.example%3A5000");
      var link = nextTarget(first);
      var second = HttpProbe.get(proxy.uri(), link);

      // Then
      assertThat(link).startsWith("/v2/team/app/tags/list?").contains("ns=reg.example%3A5000");
      assertThat(first.text()).contains("\"v1\",\"v2\"");
      assertThat(second.text()).contains("[\"v3\"]");
      assertThat(second.header("Link")).isEmpty();
      assertThat(first.header("OCI-Namespace")).hasValue("reg.example:5000");
    }
  }

  /** Assertion 40: the same for whoever put the registry into the path. */
  @Test
  void nextPageKeepsThePrefix() {
    try (var proxy = recipe().start()) {
      other.push("team/app", ALIASED, "v2", "v3");

      // When
      var first = HttpProbe.get(proxy.uri(), "/v2/ghcr.io/team/app/tags/list?n=1");
      var second = HttpProbe.get(proxy.uri(), nextTarget(first));

      // Then
      assertThat(nextTarget(first)).startsWith("/v2/ghcr.io/team/app/tags/list?");
      assertThat(second.text()).contains("[\"v2\"]");
    }
  }

  /** Assertion 40. */
  @Test
  void referrersAreUpstreamsWord() {
    // Given
    var subject = OFFICIAL.digest();
    try (var proxy = recipe().start()) {
      // When
      var listed =
          HttpProbe.get(
              proxy.uri(),
              "/v2/library/nginx/referrers/" + subject + "?artifactType=a%2Fb&ns=docker.io");
      corporate.withoutReferrers();
      var unsupported =
          HttpProbe.get(
              proxy.uri(), "/v2/team/app/referrers/" + subject + "?ns=reg.example%3A5000");

      // Then
      assertThat(listed.status()).isEqualTo(200);
      assertThat(listed.header("Content-Type")).hasValue("application/vnd.oci.image.index.v1+json");
      assertThat(listed.header("OCI-Filters-Applied")).hasValue("artifactType");
      assertThat(unsupported.status()).isEqualTo(404);
    }
  }

  /** An upstream that is Entrepot too: a chain of mirrors. */
  @Test
  void parentMirrorIsAskedInItsOwnTerms() {
    // Given
    var blob = TestBlob.of(9, 1000);
    corporate.push("team/app", blob);
    try (var upper = recipe().start();
        var lower =
            TestingProxy.in(directory.resolve("lower"))
                .upstreams(TestRule.of("**", upper.uri()).parent().build())
                .start()) {
      // When
      var manifest = HttpProbe.get(lower.uri(), "/v2/team/app/manifests/v1?ns=reg.example%3A5000");
      var layer =
          HttpProbe.get(
              lower.uri(), "/v2/team/app/blobs/" + blob.digest() + "?ns=reg.example%3A5000");
      var tags = HttpProbe.get(lower.uri(), "/v2/team/app/tags/list?n=1&ns=reg.example%3A5000");

      // Then
      assertDelivered(manifest, PRIVATE);
      assertThat(layer.body().toBytes()).isEqualTo(blob.toBytes());
      assertThat(tags.status()).isEqualTo(200);
    }
  }

  private static String nextTarget(ProbeAnswer page) {
    var link = page.header("Link").orElseThrow();
    assertThat(link).endsWith(">; rel=\"next\"").startsWith("<");
    return link.substring(1, link.indexOf('>'));
  }

  private static void assertDelivered(ProbeAnswer answer, TestImage image) {
    assertThat(answer.status()).as(answer.statusLine()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo(image.manifest().json());
  }
}
