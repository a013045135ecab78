package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Fault;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.Timeouts;
import dev.entrepot.upstream.TimeoutProperties;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said instead of content. */
final class RefusalsTest {

  private static final TestImage IMAGE = TestImage.create(11);
  private static final TestBlob BLOB = TestBlob.of(12, 5000);
  private static final String BY_TAG = "team/app/manifests/v1";
  private static final String BY_DIGEST = "team/app/manifests/" + IMAGE.digest();
  private static final String BLOB_PATH = "team/app/blobs/" + BLOB.digest();
  private static final String PASSWORD = "canary-hunter2";

  private static final TimeoutProperties SHORT =
      Timeouts.of(Duration.ofSeconds(1), Duration.ofMillis(400));

  @RegisterExtension
  private final ProxiedRegistry mirror = ProxiedRegistry.with(recipe -> recipe.timeouts(SHORT));

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", IMAGE, "v1").push("team/app", BLOB);
  }

  /** Assertion 4: bodies or lengths after HEAD desynchronise a kept connection. */
  @Test
  void headNeverCarriesABody() {
    // Given
    mirror.registry().chaos().when(RequestMatch.target("broken")).always(Fault.answer(500));
    try (var probe = mirror.connect()) {
      for (var path :
          List.of(
              BY_TAG,
              BLOB_PATH,
              "team/app/manifests/missing",
              "team/app/blobs/sha256:" + "0".repeat(64),
              "team/app/blobs/nonsense",
              "broken/app/manifests/v1",
              "team/app/tags/list")) {
        // When
        var head = probe.exchange("HEAD", ProxiedRegistry.target(path));
        var next = probe.exchange("GET", "/v2/");

        // Then
        assertThat(head.header("Content-Length")).as(path).isNotEqualTo(Optional.of("0"));
        assertThat(next.text()).as(path).isEqualTo("{}");
      }
    }
  }

  /** Assertion 34. */
  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 405, 410, 418, 500, 501, 502, 503, 504})
  void onlyUpstreams404BecomesA404(int status) {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(status));

    // When, Then
    assertThat(refusedEverywhere()).noneMatch(answer -> answer.status() == 404);
  }

  static Stream<Fault> silences() {
    return Stream.of(Fault.neverAnswer(), Fault.finBeforeHead(), Fault.rstBeforeHead());
  }

  /** Assertion 34, and 22: who does not answer is given up in time. */
  @ParameterizedTest
  @MethodSource("silences")
  void upstreamThatDoesNotAnswerIsA504(Fault fault) {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(fault);

    // When, Then
    assertThat(refusedEverywhere())
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(504);
              assertThat(answer.reason()).matches("(tried to .+ but )?(it|the connection) .+");
            });
  }

  /** Assertion 34: what was pushed after somebody asked is soon found. */
  @Test
  void missingContentIsAskedForAgain() {
    // Given
    var late = TestBlob.of(13, 100);
    var tagged = TestImage.create(14);

    // When
    var before =
        List.of(
            mirror.head("team/app/manifests/late"),
            mirror.get("team/app/manifests/late"),
            mirror.get("team/app/blobs/" + late.digest()));
    mirror.registry().push("team/app", tagged, "late").push("team/app", late);
    mirror.clock().advance(Duration.ofSeconds(5));
    var after =
        List.of(
            mirror.head("team/app/manifests/late"),
            mirror.get("team/app/manifests/late"),
            mirror.get("team/app/blobs/" + late.digest()));

    // Then
    assertThat(before).allMatch(answer -> answer.status() == 404);
    assertThat(after).allMatch(answer -> answer.status() == 200);
  }

  /** Assertion 34: the upstream's codes, since clients tell them apart. */
  @Test
  void missingContentIsCalledByItsName() {
    // When
    var manifest = mirror.get("team/app/manifests/missing");
    var blob = mirror.get("team/app/blobs/sha256:" + "0".repeat(64));

    // Then
    assertThat(manifest.text()).contains("\"MANIFEST_UNKNOWN\"");
    assertThat(blob.text()).contains("\"BLOB_UNKNOWN\"");
  }

  /** Assertion 28, 29 and 39: containerd would send the pod's secrets to whoever says 401. */
  @Test
  void refusedCredentialIsA403ThatNamesItsRule() {
    // Given
    mirror.registry().protect(new RegistryAuth.Basic("acme", "something else"));
    mirror.restart(recipe -> recipe.upstreams(mirror.rule().basic("acme", PASSWORD).build()));

    // When, Then
    assertThat(refusedEverywhere())
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(403);
              assertThat(answer.header("WWW-Authenticate")).isEmpty();
              assertThat(answer.statusLine()).doesNotContain(PASSWORD);
              assertThat(answer.text()).doesNotContain(PASSWORD);
            });
    var blob = mirror.get(BLOB_PATH);
    assertThat(blob.text()).contains("\"DENIED\"");
    assertThat(List.of(blob.text(), blob.statusLine()))
        .allSatisfy(
            said -> assertThat(said).contains("basic rule 'registry.test': ", " answered 401"));
  }

  /** Assertion 28: the same where there is no credential to refuse. */
  @Test
  void upstreamThatWantsACredentialIsA403() {
    // Given
    mirror.registry().protect(new RegistryAuth.Basic("acme", "secret"));

    // When, Then
    assertThat(refusedEverywhere())
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(403);
              assertThat(answer.header("WWW-Authenticate")).isEmpty();
            });
  }

  /** Assertion 29: what a client presents is neither wanted nor passed on. */
  @Test
  void clientsCredentialIsIgnored() {
    // When
    var answer = mirror.get(BY_TAG, "Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==", "Cookie: a=b");

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(mirror.registry().requests())
        .allSatisfy(
            asked -> {
              assertThat(asked.header("Authorization")).isEmpty();
              assertThat(asked.header("Cookie")).isEmpty();
            });
  }

  /** Assertion 27. */
  @Test
  void busyUpstreamIsAskedAgainBeforeTheClientHearsOfIt() {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).once(Fault.tooManyRequests("1"));

    // When
    var answer = mirror.get(BLOB_PATH);

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(2);
  }

  /** Assertion 27: containerd repeats a 429 six times at once; a 503 sends it on. */
  @Test
  void upstreamThatStaysBusyIsA503ThatSaysWhenToComeBack() {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.tooManyRequests("3600"));

    // When, Then
    assertThat(refusedEverywhere())
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(503);
              assertThat(answer.header("Retry-After")).hasValue("3600");
            });
    assertThat(mirror.get(BY_TAG).text()).contains("\"TOOMANYREQUESTS\"");
  }

  static Stream<Arguments> pulls() {
    return Stream.of(
        Arguments.of("HEAD", BY_TAG), Arguments.of("GET", BY_TAG), Arguments.of("GET", BLOB_PATH));
  }

  /** Scorecard 9: at most two tries, also where it says each time that it will not be long. */
  @ParameterizedTest
  @MethodSource("pulls")
  void upstreamThatIsBusyAgainAndAgainIsAskedTwice(String method, String path) {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.tooManyRequests("1"));

    // When
    var answer = method.equals("HEAD") ? mirror.head(path) : mirror.get(path);

    // Then
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).hasValue("1");
    assertThat(mirror.registry().requests()).hasSize(2);
  }

  /** Assertions 29, 36 and 39, S-52. */
  @ParameterizedTest
  @ValueSource(ints = {300, 301, 302, 304, 400, 401, 403, 404, 408, 410, 416, 451, 500, 503})
  void whateverUpstreamSaysTheRefusalIsWellWritten(int status) {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.answer(status)
                .and(Fault.header("WWW-Authenticate", "Basic realm=\"upstream\""))
                .and(Fault.header("Retry-After", "3600"))
                .and(Fault.header("Set-Cookie", "a=b")));

    // When, Then
    assertThat(refusedEverywhere())
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isBetween(400, 599);
              WellWritten.assertWellWritten(answer);
            });
  }

  /** S-21: an upstream's own words are not ours to repeat as markup. */
  @Test
  void upstreamsMessageCannotBreakOurs() {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.answer(
                Reply.error(
                    403,
                    "DENIED",
                    "\\u001b[31m<script>\\r\\nX-Evil: 1 \\u20ac" + "x".repeat(90_000))));

    // When, Then
    assertThat(refusedEverywhere()).allSatisfy(WellWritten::assertWellWritten);
  }

  private List<ProbeAnswer> refusedEverywhere() {
    var answers = new ArrayList<ProbeAnswer>();
    for (var path : List.of(BY_TAG, BY_DIGEST, BLOB_PATH)) {
      answers.add(mirror.head(path));
      answers.add(mirror.get(path));
    }
    answers.add(mirror.get("team/app/tags/list"));
    answers.add(mirror.get("team/app/referrers/" + IMAGE.digest()));
    return answers;
  }

  @Test
  void refusalSaysWhatItIsWhereCachesSaySo() {
    // When
    var refusal = mirror.get("team/app/manifests/none");

    // Then
    assertThat(refusal.header("Cache-Status")).hasValue("entrepot; detail=manifest-unknown");
  }
}
