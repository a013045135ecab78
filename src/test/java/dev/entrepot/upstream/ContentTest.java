package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.Body;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RecordedRequest;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What is asked of a registry, and what is made of its answers. */
class ContentTest {

  private static final Tag TAG = new Tag("1.0");

  private final TestImage image = TestImage.create(1);
  private final TestBlob blob = TestBlob.of(5, 300_000);
  private final Digest digest = Digest.parse(blob.digest());
  private final FakeCdn cdn = FakeCdn.start();
  private final FakeRegistry registry =
      FakeRegistry.start().honouringAccept().push(REPOSITORY, image, "1.0").push(REPOSITORY, blob);
  private final TestUpstream upstream = TestUpstream.at(registry.uri()).privateNetwork();

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    cdn.close();
  }

  @Test
  void aManifestIsAskedForInEveryFormAndUncompressed() {
    // When
    StepVerifier.create(upstream.client().getManifest(upstream.route(), TAG))
        .assertNext(
            manifest -> {
              assertThat(manifest.descriptor().digest()).hasToString(image.digest());
              assertThat(manifest.descriptor().mediaType()).isEqualTo(image.manifest().mediaType());
              assertThat(manifest.bytes()).hasSize((int) manifest.descriptor().size());
            })
        .expectComplete()
        .verify(SOON);
    // Then
    RecordedRequest request = registry.requests().getFirst();
    assertThat(request.header("Accept-Encoding")).contains("identity");
    assertThat(request.header("Accept").orElse(""))
        .contains(
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json");
    assertThat(request.header("Host")).contains(registry.authority());
    assertThat(request.headers("User-Agent")).containsExactly("entrepot");
  }

  @Test
  void aHeadTellsTypeDigestAndSize() {
    // When
    Mono<UpstreamDescriptor> head = upstream.client().headManifest(upstream.route(), TAG);
    // Then
    StepVerifier.create(head)
        .expectNext(
            new UpstreamDescriptor(
                image.manifest().mediaType(),
                java.util.Optional.of(Digest.parse(image.digest())),
                OptionalLong.of(image.manifest().length())))
        .expectComplete()
        .verify(SOON);
  }

  @Test
  void otherBytesUnderADigestAreRefused() {
    // Given
    registry.chaos().when(RequestMatch.get("/manifests/")).always(Fault.otherBytes(Body.of("{}")));
    // Then
    Refusals.expect(
        ErrorCode.UPSTREAM_INVALID,
        upstream.client().getManifest(upstream.route(), Digest.parse(image.digest())),
        "another digest");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"manifests\":[],\"layers\":[]}",
        "{\"manifests\":[],\"config\":{}}",
        "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"config\":{}}",
        "{\"manifests\":[]}",
        "{\"layers\":[],\"layers\":[]}",
        "[]",
        "<html>please log in</html>",
        ""
      })
  void s40AnAmbiguousManifestIsRefused(String body) {
    // Given
    registry
        .chaos()
        .when(RequestMatch.get("/manifests/"))
        .always(Fault.answer(Reply.text(200, "application/vnd.oci.image.manifest.v1+json", body)));
    // Then
    Refusals.expect(
        ErrorCode.UPSTREAM_INVALID,
        upstream.client().getManifest(upstream.route(), TAG),
        "its answer");
  }

  @Test
  void aManifestOfMoreThanEightMebibytesIsRefused() {
    // Given
    registry
        .chaos()
        .when(RequestMatch.get("/manifests/"))
        .always(Fault.otherBytes(TestBlob.of(1, 9 << 20)));
    // Then
    Refusals.expect(
        ErrorCode.UPSTREAM_INVALID,
        upstream.client().getManifest(upstream.route(), TAG),
        "larger than");
  }

  @Test
  void aBlobIsReadFromAnyOffset() {
    // When
    StepVerifier.create(read(100_000))
        .assertNext(
            read -> {
              assertThat(read.open().offset()).isEqualTo(100_000);
              assertThat(read.open().length()).hasValue(300_000);
              assertThat(read.bytes()).isEqualTo(blob.bytes(100_000, 200_000));
            })
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(registry.requests().getLast().header("Range")).contains("bytes=100000-");
  }

  @Test
  void aServerWithoutRangesStartsOver() {
    // Given
    registry.chaos().when(RequestMatch.get("/blobs/")).always(Fault.ignoringRange());
    // Then
    StepVerifier.create(read(100_000))
        .assertNext(
            read -> {
              assertThat(read.open().offset()).isZero();
              assertThat(read.bytes()).isEqualTo(blob.bytes(0, 300_000));
            })
        .expectComplete()
        .verify(SOON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes 5-9/10", "bytes 100000-5/10", "items 1-2/3", ""})
  void aWrongContentRangeIsRefused(String range) {
    // Given
    registry.chaos().when(RequestMatch.get("/blobs/")).always(Fault.header("Content-Range", range));
    // Then
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, read(100_000), "206");
  }

  @Test
  void aSignedUrlIsFollowedByteForByteAndAskedForAnewEachTime() {
    // Given
    registry.redirectingBlobs(
        asked ->
            cdn.sign(asked.method(), "/a%2Fb%2Bc+d:e/" + asked.digest(), asked.body()).toString());
    cdn.expiringAfter(1);
    StepVerifier.create(read(0)).expectNextCount(1).expectComplete().verify(SOON);
    // When
    StepVerifier.create(read(299_000))
        .assertNext(read -> assertThat(read.bytes()).isEqualTo(blob.bytes(299_000, 1_000)))
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(cdn.requests()).hasSize(2);
  }

  // Scorecard 12.
  @Test
  void fiveRedirectsAreFollowedAndSixAreNot() {
    // Given
    registry.redirectingBlobs(
        asked ->
            cdn.chain(4, cdn.sign(asked.method(), "/" + asked.digest(), asked.body())).toString());
    StepVerifier.create(read(0)).expectNextCount(1).expectComplete().verify(SOON);
    registry.redirectingBlobs(
        asked ->
            cdn.chain(5, cdn.sign(asked.method(), "/" + asked.digest(), asked.body())).toString());
    // Then
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, read(0), "no end");
  }

  // Scorecard 12.
  @Test
  void aLoopIsNoticed() {
    // Given
    registry.redirectingBlobs(_ -> cdn.loop().toString());
    // When
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, read(0), "no end");
    // Then
    assertThat(cdn.requests()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void aRedirectTargetsRefusalIsAFailureAndNoChallenge(int status) {
    // Given
    registry.redirectingBlobs(cdn);
    cdn.chaos()
        .when(RequestMatch.any())
        .always(
            Fault.answer(
                Reply.of(status)
                    .with("WWW-Authenticate", "Basic realm=\"" + registry.authority() + "\"")));
    // When
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, read(0), String.valueOf(status));
    // Then
    assertThat(cdn.requests()).hasSize(1);
  }

  @Test
  void aRightToABlobIsProvedWithoutFollowingTheRedirect() {
    // Given
    registry.redirectingBlobs(cdn);
    // When
    StepVerifier.create(upstream.client().describeBlob(upstream.route(), digest))
        .expectNext(OptionalLong.empty())
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(cdn.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 405})
  void whereHeadIsRefusedGetProvesTheRightToABlob(int status) {
    // Given
    registry.chaos().when(RequestMatch.head("/blobs/")).always(Fault.answer(status));
    // Then
    StepVerifier.create(upstream.client().describeBlob(upstream.route(), digest))
        .expectNext(OptionalLong.of(300_000))
        .expectComplete()
        .verify(SOON);
  }

  @Test
  void anUnknownBlobIsUnknown() {
    // Given
    registry.removeBlob(REPOSITORY, blob.digest());
    // Then
    StepVerifier.create(upstream.client().describeBlob(upstream.route(), digest))
        .expectErrorMatches(
            no -> no instanceof RegistryException e && e.code() == ErrorCode.BLOB_UNKNOWN)
        .verify(SOON);
  }

  @Test
  void aParentIsAskedForTheOriginalNameAndRegistry() {
    // When
    StepVerifier.create(upstream.parent().client().getManifest(upstream.route(), TAG))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(registry.requests().getFirst().query()).isEqualTo("ns=registry.test");
  }

  @Test
  void aPageTellsTheQueryOfTheNext() {
    // Given
    registry
        .chaos()
        .when(RequestMatch.get("tags/list"))
        .always(
            Fault.answer(
                Reply.json(200, "{\"name\":\"team/app\",\"tags\":[\"1.0\"]}")
                    .with("Link", "</v2/team/app/tags/list?n=1&last=a%2Fb>; rel=\"next\"")));
    // When
    StepVerifier.create(upstream.client().getTags(upstream.route(), "n=1&ns=evil"))
        .assertNext(page -> assertThat(page.nextQuery()).contains("n=1&last=a%2Fb"))
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(registry.requests().getFirst().query()).isEqualTo("n=1");
  }

  @Test
  void referrersThatARegistryDoesNotKnowAreNotFound() {
    // Given
    registry.withoutReferrers();
    // Then
    StepVerifier.create(
            upstream.client().getReferrers(upstream.route(), Digest.parse(image.digest()), ""))
        .expectErrorMatches(no -> no instanceof RegistryException e && e.code().isNotFound())
        .verify(SOON);
  }

  @Test
  void anEndpointMayHaveAPathOfItsOwn() {
    // Given
    TestUpstream nested = TestUpstream.at(registry.uri().resolve("/artifactory/docker/"));
    // When
    StepVerifier.create(nested.client().getTags(nested.route(), ""))
        .expectError(RegistryException.class)
        .verify(SOON);
    // Then
    assertThat(registry.requests().getLast().path())
        .isEqualTo("/artifactory/docker/v2/team/app/tags/list");
    nested.close();
  }

  private Mono<Read> read(long offset) {
    return upstream
        .client()
        .openBlob(upstream.route(), digest, offset, Long.MAX_VALUE, Optional.empty())
        .flatMap(
            open ->
                open.bytes()
                    .collect(ByteArrayOutputStream::new, ContentTest::append)
                    .map(all -> new Read(open, all.toByteArray())));
  }

  private static void append(ByteArrayOutputStream all, ByteBuf piece) {
    byte[] bytes = new byte[piece.readableBytes()];
    piece.readBytes(bytes).release();
    all.writeBytes(bytes);
  }

  @SuppressWarnings("ArrayRecordComponent") // only its parts are compared
  private record Read(UpstreamBlob open, byte[] bytes) {}
}
