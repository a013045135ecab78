package dev.entrepot.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

final class FakeRegistryTest {

  private static final TestImage IMAGE = TestImage.create(7);

  private final MutableClock clock = MutableClock.create();
  private final FakeRegistry registry = FakeRegistry.start().push("team/app", IMAGE, "v1");
  private final FakeTokenServer tokens = FakeTokenServer.start(clock).allow("user", "pass");
  private final FakeCdn cdn = FakeCdn.start();

  @AfterEach
  void stop() {
    registry.close();
    tokens.close();
    cdn.close();
  }

  @Test
  void imageIsServedByTagAndDigest() {
    // Given
    var layer = IMAGE.layers().getFirst();
    // When
    var byTag = HttpProbe.get(registry.uri(), "/v2/team/app/manifests/v1");
    var byDigest = HttpProbe.head(registry.uri(), "/v2/team/app/manifests/" + IMAGE.digest());
    var blob = HttpProbe.get(registry.uri(), "/v2/team/app/blobs/" + layer.digest());
    // Then
    assertThat(Hashing.digest(byTag.body())).isEqualTo(IMAGE.digest());
    assertThat(byDigest.header("Docker-Content-Digest")).hasValue(IMAGE.digest());
    assertThat(Hashing.digest(blob.body())).isEqualTo(layer.digest());
    assertThat(registry.count("GET", "/manifests/")).isEqualTo(1);
  }

  @Test
  void tokenOpensItsRepositoryUntilItExpires() {
    // Given
    registry.protect(new RegistryAuth.Bearer(tokens));
    tokens.shape(TokenShape.usual().living(Duration.ofSeconds(60)));
    var path = "/v2/team/app/manifests/v1";
    // When
    var challenged = HttpProbe.get(registry.uri(), path);
    var token = mint("repository:team/app:pull");
    var other = mint("repository:team/other:pull");
    var opened = HttpProbe.get(registry.uri(), path, "Authorization: Bearer " + token);
    var elsewhere = HttpProbe.get(registry.uri(), path, "Authorization: Bearer " + other);
    clock.advance(Duration.ofSeconds(60));
    var expired = HttpProbe.get(registry.uri(), path, "Authorization: Bearer " + token);
    // Then
    var challenge =
        "Bearer realm=\"%s\",service=\"fake-registry\",scope=\"repository:team/app:pull\""
            .formatted(tokens.realm());
    assertThat(challenged.status()).isEqualTo(401);
    assertThat(challenged.header("WWW-Authenticate")).hasValue(challenge);
    assertThat(opened.status()).isEqualTo(200);
    assertThat(elsewhere.header("WWW-Authenticate"))
        .hasValue(challenge + ",error=\"insufficient_scope\"");
    assertThat(expired.header("WWW-Authenticate")).hasValue(challenge + ",error=\"invalid_token\"");
  }

  @Test
  void wrongPasswordMintsNothing() {
    // Given
    var wrong = "Authorization: " + RegistryGuard.basic("user", "wrong");
    // When
    var answer = HttpProbe.get(tokens.realm(), "/token?service=s", wrong);
    // Then
    assertThat(answer.status()).isEqualTo(401);
  }

  @ParameterizedTest
  @EnumSource(ChallengeStyle.class)
  void everyStyleRefusesStrangers(ChallengeStyle style) {
    // Given
    registry.protect(new RegistryAuth.Bearer(tokens), style);
    // When
    var answer =
        HttpProbe.get(registry.uri(), "/v2/team/app/manifests/v1", "Authorization: Bearer x");
    // Then
    assertThat(answer.status()).isIn(400, 401, 403);
  }

  @Test
  void revalidationAnswers304AndKeepsTheConnection() {
    // Given
    try (var probe = HttpProbe.connect(registry.uri())) {
      var tag = "If-None-Match: \"" + IMAGE.digest() + "\"";
      // When
      var unchanged = probe.exchange("GET", "/v2/team/app/manifests/v1", tag);
      var next = probe.exchange("GET", "/v2/");
      // Then
      assertThat(unchanged.status()).isEqualTo(304);
      assertThat(unchanged.header("Content-Length")).isEmpty();
      assertThat(unchanged.header("Transfer-Encoding")).isEmpty();
      assertThat(next.status()).isEqualTo(200);
    }
  }

  @Test
  void tokenShapesSayWhatTheyAreToldTo() {
    // Given
    tokens
        .allowAnonymous()
        .shape(
            TokenShape.usual()
                .named(TokenShape.Names.BOTH_DIFFERENT)
                .claiming("0")
                .issuedAt(Duration.ofMinutes(-10)));
    // When
    var answer = HttpProbe.get(tokens.realm(), "/token?scope=repository:a:pull");
    // Then
    assertThat(answer.text())
        .contains("\"token\":\"opaque-token-1\"", "\"access_token\":\"opaque-token-2\"")
        .contains("\"expires_in\":0", "\"issued_at\":\"2029-12-31T23:50:00.000000001Z\"");
    assertThat(answer.header("Date")).hasValue("Tue, 1 Jan 2030 00:00:00 GMT");
  }

  @Test
  void refreshTokenIsTakenByPost() {
    // Given
    tokens.allowRefreshToken("refresh");
    var form = "grant_type=refresh_token&service=s&scope=repository%3Aa%3Apull&refresh_token=";
    // When
    var good = post(form + "refresh");
    var bad = post(form + "other");
    tokens.chaos().when(RequestMatch.post("/token")).once(Fault.answer(405));
    var notAllowed = post(form + "refresh");
    // Then
    assertThat(good.status()).isEqualTo(200);
    assertThat(bad.status()).isEqualTo(401);
    assertThat(notAllowed.status()).isEqualTo(405);
  }

  @Test
  void oversizedTokenAnswerIsStillValidJson() {
    // Given
    tokens.allowAnonymous().chaos().when(RequestMatch.any()).once(TokenFaults.oversized());
    // When
    var answer = HttpProbe.get(tokens.realm(), "/token");
    // Then
    assertThat(answer.body().length()).isGreaterThan(64 * 1024);
    assertThat(JsonMapper.shared().readTree(answer.text()).path("token").asString())
        .isEqualTo("opaque-token-1");
  }

  @Test
  void redirectsChainAndLoop() {
    // Given
    var end = cdn.sign("GET", "/a%2Fb%2Bc+d:e", Body.of("here"));
    var start = cdn.chain(2, end);
    var loop = cdn.loop();
    // When
    var first = locationOf(start);
    var last = locationOf(first);
    var round = locationOf(loop.resolve(locationOf(loop)));
    // Then
    assertThat(last).isEqualTo(end);
    assertThat(HttpProbe.get(last, last.getRawPath() + "?" + last.getRawQuery()).text())
        .isEqualTo("here");
    assertThat(round).hasToString(loop.getRawPath());
  }

  @Test
  void tagsComeInPages() {
    // Given
    registry.push("team/app", IMAGE.manifest(), "v2", "v3");
    // When
    var first = HttpProbe.get(registry.uri(), "/v2/team/app/tags/list?n=2");
    var last = HttpProbe.get(registry.uri(), "/v2/team/app/tags/list?last=v2&n=2");
    // Then
    assertThat(first.text()).contains("[\"v1\",\"v2\"]");
    assertThat(first.header("Link")).hasValue("</v2/team/app/tags/list?last=v2&n=2>; rel=\"next\"");
    assertThat(last.text()).contains("[\"v3\"]");
    assertThat(last.header("Link")).isEmpty();
  }

  @Test
  void ociManifestHidesFromOldClients() {
    // Given
    registry.honouringAccept();
    // When
    var old = HttpProbe.get(registry.uri(), "/v2/team/app/manifests/v1", "Accept: */*");
    var current =
        HttpProbe.get(
            registry.uri(),
            "/v2/team/app/manifests/v1",
            "Accept: text/plain, " + IMAGE.manifest().mediaType() + ";q=0.5");
    // Then
    assertThat(old.status()).isEqualTo(404);
    assertThat(current.status()).isEqualTo(200);
  }

  @Test
  void referrersAreFoundBySubjectAndType() {
    // Given
    var signature =
        new ImageManifest(
            "application/vnd.oci.image.manifest.v1+json",
            "{\"artifactType\":\"a/sig\",\"subject\":{\"digest\":\"" + IMAGE.digest() + "\"}}");
    registry.push("team/app", signature);
    var path = "/v2/team/app/referrers/" + IMAGE.digest();
    // When
    var all = HttpProbe.get(registry.uri(), path);
    var none = HttpProbe.get(registry.uri(), path + "?artifactType=a%2Fsbom");
    // Then
    assertThat(all.text()).contains(signature.digest());
    assertThat(none.text()).doesNotContain(signature.digest());
    assertThat(none.header("OCI-Filters-Applied")).hasValue("artifactType");
  }

  @Test
  void signedUrlHoldsForItsMethodAndNoSecondCredential() {
    // Given
    registry.redirectingBlobs(cdn);
    var layer = IMAGE.layers().getFirst();
    var location =
        HttpProbe.get(registry.uri(), "/v2/team/app/blobs/" + layer.digest())
            .header("Location")
            .orElseThrow();
    var target = location.substring(location.indexOf("/blobs"));
    // When
    var fetched = HttpProbe.get(URI.create(location), target);
    var head = HttpProbe.head(URI.create(location), target);
    var twice = HttpProbe.get(URI.create(location), target, "Authorization: Basic eA==");
    cdn.expireAll();
    var expired = HttpProbe.get(URI.create(location), target);
    // Then
    assertThat(Hashing.digest(fetched.body())).isEqualTo(layer.digest());
    assertThat(head.status()).isEqualTo(403);
    assertThat(twice.status()).isEqualTo(400);
    assertThat(twice.text()).contains("Only one auth mechanism allowed");
    assertThat(expired.status()).isEqualTo(403);
    assertThat(expired.text()).contains("Request has expired");
  }

  private static URI locationOf(URI url) {
    return URI.create(HttpProbe.get(url, url.getRawPath()).header("Location").orElseThrow());
  }

  private ProbeAnswer post(String form) {
    try (var probe = HttpProbe.connect(tokens.realm())) {
      var head = "Host: t\r\nContent-Type: application/x-www-form-urlencoded\r\n";
      return probe
          .send(
              "POST /token HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s"
                  .formatted(head, form.length(), form))
          .readAnswer("POST");
    }
  }

  private String mint(String scope) {
    var answer =
        HttpProbe.get(
            tokens.realm(),
            "/token?service=fake-registry&scope=" + scope,
            "Authorization: " + RegistryGuard.basic("user", "pass"));
    return answer.text().split("\"", 5)[3];
  }
}
