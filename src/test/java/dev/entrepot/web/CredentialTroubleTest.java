package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.testing.FakeProgram;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RecordedRequest;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What clients get while a credential that is minted elsewhere ends, changes or cannot be had. */
final class CredentialTroubleTest {

  private static final TestImage IMAGE = TestImage.create(81);
  private static final TestImage OTHER = TestImage.create(82);
  private static final TestBlob BLOB = TestBlob.of(83, 2_000_000);
  private static final String BY_TAG = "team/app/manifests/v1";
  private static final String COLD = "team/app/manifests/v2";
  private static final Duration LIFE = Duration.ofMinutes(10);

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @TempDir private Path directory;

  private @Nullable FakeProgram helper;

  @BeforeEach
  void protect() {
    helper = FakeProgram.in(directory, "docker-credential-test");
    mirror.registry().push("team/app", IMAGE, "v1").push("team/app", OTHER, "v2");
    mirror.registry().push("team/app", BLOB);
    mirror.registry().protect(new RegistryAuth.Basic("robot", "first"));
    mint("first");
    mirror.restart(
        recipe ->
            recipe.upstreams(
                mirror
                    .rule()
                    .credentials(
                        new CredentialProperties.Helper(
                            helper().path().toString(), List.of(), LIFE))
                    .build()));
  }

  @Test
  void whatIsCachedIsServedWhileNoCredentialCanBeHad() {
    // Given
    mirror.get(BY_TAG);
    mirror.get("team/app/blobs/" + BLOB.digest());
    mirror.awaitStored(BLOB.digest());
    helper().fails(1, "");

    // When
    mirror.clock().advance(LIFE.multipliedBy(2));
    ProbeAnswer tag = mirror.get(BY_TAG);
    ProbeAnswer blob = mirror.get("team/app/blobs/" + BLOB.digest());

    // Then
    assertThat(tag.text()).isEqualTo(IMAGE.manifest().json());
    assertThat(tag.header("Cache-Status").orElseThrow())
        .startsWith("entrepot; hit; fwd=stale; fwd-status=502");
    assertThat(Hashing.digest(blob.body())).isEqualTo(BLOB.digest());
  }

  @Test
  void coldPullSaysWhichRuleHasNoCredentialAndWhy() {
    // Given
    helper().fails(1, "");

    // When
    List<ProbeAnswer> answers =
        List.of(
            mirror.head(COLD),
            mirror.get(COLD),
            mirror.get("team/app/blobs/" + OTHER.blobs().getFirst().digest()));

    // Then
    assertThat(answers)
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(502);
              assertThat(answer.statusLine())
                  .contains("helper rule 'registry.test': ", "exit code 1");
              assertThat(answer.header("WWW-Authenticate")).isEmpty();
            });
    assertThat(mirror.registry().requests()).isEmpty();
  }

  @Test
  void mendedHelperIsAskedAgainAtOnce() {
    // Given
    helper().fails(1, "");
    assertThat(mirror.get(COLD).status()).isEqualTo(502);

    // When
    mint("first");
    mirror.clock().advance(Duration.ofSeconds(1));

    // Then
    assertThat(mirror.get(COLD).status()).isEqualTo(200);
  }

  @Test
  void refusedCredentialIsReplacedWithinThePull() {
    // Given
    mirror.get(BY_TAG);
    mint("second");
    mirror.registry().protect(new RegistryAuth.Basic("robot", "second"));

    // When
    ProbeAnswer answer = mirror.get(COLD);

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(helper().runs()).isEqualTo(2);
  }

  @Test
  void credentialMayEndAndTheConnectionBreakAmidABlob() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get(BLOB.digest())).once(this::breakAndRotate);

    // When
    ProbeAnswer answer = mirror.get("team/app/blobs/" + BLOB.digest());

    // Then
    assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
    assertThat(helper().runs()).isEqualTo(2);
  }

  /** The answer to the first credential breaks, and by then only the second is taken. */
  private Reply breakAndRotate(RecordedRequest request, Function<RecordedRequest, Reply> normally) {
    Reply broken = Fault.rstAt(700_000).apply(request, normally);
    mint("second");
    mirror.registry().protect(new RegistryAuth.Basic("robot", "second"));
    mirror.clock().advance(LIFE.multipliedBy(2));
    return broken;
  }

  private FakeProgram helper() {
    return Objects.requireNonNull(helper);
  }

  private void mint(String password) {
    helper().says(FakeProgram.helperAnswer("robot", password));
  }
}
