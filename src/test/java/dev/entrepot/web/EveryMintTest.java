package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RecordedRequest;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What every type whose credentials are minted elsewhere promises to a pull. */
final class EveryMintTest {

  private static final List<String> TYPES = CredentialDouble.TYPES;
  private static final TestImage IMAGE = TestImage.create(91);
  private static final TestBlob BLOB = TestBlob.of(92, 2_000_000);
  private static final String BLOB_PATH = "team/app/blobs/" + BLOB.digest();
  private static final int PULLS = 100;

  /** By then whatever was minted is over. */
  private static final Duration LONG = Duration.ofHours(13);

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @TempDir private Path directory;

  private final AtomicBoolean breakNext = new AtomicBoolean();
  private @Nullable CredentialDouble minter;

  @AfterEach
  void close() {
    if (minter != null) {
      minter.close();
    }
  }

  @ParameterizedTest
  @FieldSource("TYPES")
  void aHundredPullsShareAMintAndItsRenewal(String type) {
    // Given
    CredentialDouble minted = use(type);

    // When
    pullAtOnce(0);

    // Then
    assertThat(minted.mints().getAsLong()).isEqualTo(1);

    // When
    mirror.clock().advance(minted.due());
    pullAtOnce(PULLS);

    // Then
    Await.until("the renewal", () -> minted.mints().getAsLong() == 2);
  }

  @ParameterizedTest
  @FieldSource("TYPES")
  void theCredentialMayEndAmidABlob(String type) {
    // Given
    CredentialDouble minted = use(type);
    breakNext.set(true);

    // When
    ProbeAnswer answer = mirror.get(BLOB_PATH);

    // Then
    assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
    assertThat(breakNext).isFalse();
    assertThat(minted.mints().getAsLong()).isEqualTo(2);
  }

  @ParameterizedTest
  @FieldSource("TYPES")
  void aRefusedCredentialIsReplacedWithinThePull(String type) {
    // Given
    CredentialDouble minted = use(type);
    assertThat(mirror.get(tag(0)).status()).isEqualTo(200);
    minted.revoke().run();

    // When
    ProbeAnswer answer = mirror.get(tag(1));

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(minted.mints().getAsLong()).isEqualTo(2);
  }

  @ParameterizedTest
  @FieldSource("TYPES")
  void whatIsCachedOutlivesTheMintAndAColdPullSaysWhy(String type) {
    // Given
    CredentialDouble minted = use(type);
    mirror.get(tag(0));
    mirror.get(BLOB_PATH);
    mirror.awaitStored(BLOB.digest());
    minted.fail().run();
    mirror.clock().advance(LONG);

    // When
    ProbeAnswer stale = mirror.get(tag(0));
    ProbeAnswer blob = mirror.get(BLOB_PATH);
    ProbeAnswer cold = mirror.head(tag(1));

    // Then
    assertThat(stale.status()).as(stale.statusLine()).isEqualTo(200);
    assertThat(stale.header("Cache-Status").orElseThrow()).contains("fwd=stale; fwd-status=502");
    assertThat(Hashing.digest(blob.body())).isEqualTo(BLOB.digest());
    assertThat(cold.status()).isEqualTo(502);
    assertThat(cold.statusLine()).contains(type + " rule 'registry.test': ");
  }

  private CredentialDouble use(String type) {
    CredentialDouble made = CredentialDouble.of(type, mirror.registry(), mirror.clock(), directory);
    minter = made;
    String[] tags = IntStream.range(0, 2 * PULLS).mapToObj(i -> "v" + i).toArray(String[]::new);
    mirror.registry().push("team/app", IMAGE, tags).push("team/app", BLOB);
    mirror.registry().chaos().when(RequestMatch.any()).always(this::throughGuard);
    mirror.restart(
        recipe -> recipe.upstreams(mirror.rule().credentials(made.properties()).build()));
    return made;
  }

  /** The answer to a blob breaks once; by then what it was asked with is over and worthless. */
  private Reply throughGuard(RecordedRequest request, Function<RecordedRequest, Reply> normally) {
    CredentialDouble made = Objects.requireNonNull(minter);
    Reply answer = made.guard().apply(request, normally);
    if (answer.body().length() != 2_000_000 || !breakNext.getAndSet(false)) {
      return answer;
    }
    made.revoke().run();
    mirror.clock().advance(LONG);
    return Fault.rstAt(700_000).apply(request, _ -> answer);
  }

  private void pullAtOnce(int first) {
    // On threads of its own: the proxy under test needs the shared ones.
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      StepVerifier.create(
              Flux.range(first, PULLS)
                  .flatMap(
                      i ->
                          Mono.fromCallable(() -> mirror.get(tag(i)).status())
                              .subscribeOn(Schedulers.fromExecutorService(clients)),
                      PULLS)
                  .distinct())
          .expectNext(200)
          .expectComplete()
          .verify(Await.DEADLINE);
    }
  }

  private static String tag(int number) {
    return "team/app/manifests/v" + number;
  }
}
