package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.AwsSettings;
import dev.entrepot.testing.ChallengeStyle;
import dev.entrepot.testing.FakeEcr;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Tokens of ECR and ECR Public at their registries, and the ways these refuse them. */
class EcrAuthTest {

  private static final Tag TAG = new Tag("1.0");
  private static final String HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  private static final String PUBLIC_HOST = "public.ecr.aws";
  private static final String EXPIRED =
      "Your authorization token has expired. Reauthenticate and try again.";

  @TempDir private Path directory;
  private AwsSettings settings;
  private Path secret;

  private final TestImage image = TestImage.create(1);
  private final FakeRegistry registry = FakeRegistry.start().push(REPOSITORY, image, "1.0");
  private final TestUpstream upstream =
      TestUpstream.at(registry.uri()).match("**").privateNetwork();
  private final FakeEcr ecr = FakeEcr.start(upstream.clock).allow("AKIACANARY0000000001", "canary");

  @BeforeEach
  void setUp() throws IOException {
    settings = AwsSettings.in(directory);
    secret = Files.writeString(directory.resolve("secret"), "canary");
    registry.protect(new RegistryAuth.Ecr(ecr), ChallengeStyle.ECR_BASIC);
  }

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    ecr.close();
    settings.close();
  }

  @Test
  void aTokenIsShownAsAPassword() {
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(ecr.accepts(registry.requests().getLast().header("Authorization").orElseThrow()))
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = ChallengeStyle.class,
      names = {"ECR_BASIC", "EXPIRED_DENIED", "NO_CHALLENGE"})
  void aTokenThatTheRegistryRefusesIsReplacedOnce(ChallengeStyle style) {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry.protect(new RegistryAuth.Ecr(ecr), style);
    ecr.revokeAll();
    registry.log().clear();
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(ecr.tokenCalls()).isEqualTo(2);
    assertThat(registry.requests()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void theWordThatATokenHasExpiredIsUnderstoodWithEitherStatus(int status) {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry
        .chaos()
        .when(RequestMatch.any())
        .once(Fault.answer(Reply.error(status, "DENIED", EXPIRED)));
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(ecr.tokenCalls()).isEqualTo(2);
  }

  @Test
  void aMissingPermissionIsNoReasonForANewToken() {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.answer(
                Reply.error(
                    403,
                    "DENIED",
                    "User: arn:aws:sts::123456789012:assumed-role/R/S is not authorized to perform: ecr:BatchGetImage")));
    // When
    Refusals.expect(ErrorCode.DENIED, pull());
    // Then
    assertThat(ecr.tokenCalls()).isEqualTo(1);
  }

  @Test
  void aTokenThatIsRefusedWhenNewEndsThePull() {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry
        .chaos()
        .when(RequestMatch.any())
        .always(Fault.answer(Reply.error(403, "DENIED", EXPIRED)));
    // When
    Refusals.expect(ErrorCode.DENIED, pull());
    // Then
    assertThat(ecr.tokenCalls()).isEqualTo(2);
  }

  @Test
  void aTokenOfEcrPublicIsShownAsItIs() {
    // Given
    registry.protect(new RegistryAuth.Ecr(ecr), ChallengeStyle.ECR_PUBLIC);
    // When
    StepVerifier.create(pullPublic()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(registry.requests()).hasSize(1);
    assertThat(ecr.tokenScopes()).containsExactly("us-east-1 ecr-public");
  }

  /** It says 400, and gives no challenge. */
  @Test
  void aRefusedTokenOfEcrPublicIsReplacedOnce() {
    // Given
    registry.protect(new RegistryAuth.Ecr(ecr), ChallengeStyle.ECR_PUBLIC);
    StepVerifier.create(pullPublic()).expectNextCount(1).expectComplete().verify(SOON);
    ecr.revokeAll();
    // When
    StepVerifier.create(pullPublic()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(ecr.tokenCalls()).isEqualTo(2);
    assertThat(registry.requests()).hasSize(3);
  }

  @Test
  void noTokenMeansNoPullAndTheRuleIsNamed() {
    // Given
    ecr.refuse(
        "ecr:GetAuthorizationToken",
        400,
        "AccessDeniedException",
        "User: %s is not authorized to perform: ecr:GetAuthorizationToken on resource: *");
    // When
    StepVerifier.create(pull())
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .hasMessageContaining(
                        "ecr rule '**': arn:aws:iam::123456789012:user/ci may not call ecr:GetAuthorizationToken"))
        .verify(Duration.ofSeconds(10));
    // Then
    assertThat(registry.requests()).isEmpty();
  }

  private Mono<UpstreamManifest> pull() {
    var credentials =
        new CredentialProperties.Ecr(
            null, null, null, "AKIACANARY0000000001", secret, null, ecr.uri());
    return pull(credentials, HOST);
  }

  private Mono<UpstreamManifest> pullPublic() {
    var credentials =
        new CredentialProperties.EcrPublic(
            null, null, null, "AKIACANARY0000000001", secret, ecr.uri());
    return pull(credentials, PUBLIC_HOST);
  }

  private Mono<UpstreamManifest> pull(CredentialProperties credentials, String host) {
    var route = upstream.routeTo(host, REPOSITORY);
    return upstream.with(credentials).client().getManifest(route, TAG);
  }
}
