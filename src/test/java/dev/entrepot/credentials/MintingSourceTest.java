package dev.entrepot.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.MutableClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.ProxySelector;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** When a credential is minted, kept, renewed and given up. */
class MintingSourceTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final RepositoryAddress REPOSITORY =
      new RepositoryAddress(new RegistryHost("registry.test"), new RepositoryName("team/app"));

  private final MutableClock clock = MutableClock.create();
  private final SimpleMeterRegistry counted = new SimpleMeterRegistry();
  private final AtomicInteger mints = new AtomicInteger();
  private final AtomicReference<Supplier<String>> provider =
      new AtomicReference<>(() -> "secret" + mints.get());
  private final MintingSource source =
      new MintingSource(
          new HourlyMint(),
          new CredentialContext(
              "registry.test", clock, new Meters(counted), ProxySelector.getDefault()));

  @Test
  void allWhoWaitShareOneMint() {
    // Given
    Gate gate = new Gate();
    provider.set(
        () -> {
          gate.await();
          return "shared";
        });
    // When / Then
    StepVerifier.create(Flux.range(0, 100).flatMap(_ -> source.current(REPOSITORY), 100).distinct())
        .then(gate::open)
        .expectNext(bearer("shared"))
        .expectComplete()
        .verify(SOON);
    assertThat(mints).hasValue(1);
  }

  @Test
  void aCredentialIsRenewedInTheBackgroundWhileTheOldOneServes() {
    // Given
    expect("secret1");
    clock.advance(Duration.ofMinutes(31));
    // When
    expect("secret1");
    // Then
    Await.until("the renewal", () -> mints.get() == 2);
    awaitCurrent("secret2");
  }

  @Test
  void aFailedRenewalKeepsTheOldOneUntilItsEnd() {
    // Given
    expect("secret1");
    fail(CredentialException.unavailable("the mint is closed"));
    clock.advance(Duration.ofMinutes(31));
    expect("secret1");
    Await.until("the renewal", () -> mints.get() == 2);
    // When
    clock.advance(Duration.ofMinutes(28));
    expect("secret1");
    clock.advance(Duration.ofMinutes(1));
    // Then
    expectFailure("the mint is closed");
  }

  @Test
  void aRefusedCredentialIsMintedAnew() {
    // Given
    expect("secret1");
    // When
    source.refused(bearer("secret1"));
    // Then
    expect("secret2");
  }

  @Test
  void theRefusalOfAnOlderCredentialCostsNothing() {
    // Given
    expect("secret1");
    source.refused(bearer("secret1"));
    expect("secret2");
    // When
    source.refused(bearer("secret1"));
    // Then
    expect("secret2");
    assertThat(mints).hasValue(2);
  }

  @Test
  void aMintThatRepeatsARefusedCredentialIsNotAskedAtEveryPull() {
    // Given
    provider.set(() -> "always the same");
    expect("always the same");
    source.refused(bearer("always the same"));
    expect("always the same");
    // When
    source.refused(bearer("always the same"));
    expect("always the same");
    assertThat(mints).hasValue(2);
    clock.advance(Duration.ofSeconds(6));
    source.refused(bearer("always the same"));
    expect("always the same");
    // Then
    assertThat(mints).hasValue(3);
  }

  @ParameterizedTest
  @CsvSource({"true,4999,5000", "false,999,1000"})
  void aFailureIsRepeatedForAMomentOnly(boolean denied, int repeated, int forgotten) {
    // Given
    fail(denied ? CredentialException.denied("no") : CredentialException.unavailable("no"));
    expectFailure("no");
    provider.set(() -> "mended");
    // When
    clock.advance(Duration.ofMillis(repeated));
    expectFailure("no");
    clock.advance(Duration.ofMillis(forgotten - repeated));
    // Then
    expect("mended");
  }

  @Test
  void whatAnUnforeseenFailureSaysIsNotShown() {
    // Given
    provider.set(
        () -> {
          throw new IllegalStateException("canary");
        });
    // Then
    StepVerifier.create(source.current(REPOSITORY))
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .isInstanceOf(CredentialException.class)
                    .hasMessage("getting a credential failed with IllegalStateException")
                    .hasNoCause())
        .verify(SOON);
  }

  @Test
  void everyMintIsCounted() {
    // Given
    expect("secret1");
    source.refused(bearer("secret1"));
    fail(CredentialException.denied("no"));
    expectFailure("no");
    // Then
    assertThat(count("minted")).isEqualTo(1);
    assertThat(count("denied")).isEqualTo(1);
  }

  private double count(String outcome) {
    return counted
        .get("entrepot.credentials")
        .tags("upstream", "registry.test", "outcome", outcome)
        .counter()
        .count();
  }

  private void fail(CredentialException failure) {
    provider.set(
        () -> {
          throw failure;
        });
  }

  private void expect(String secret) {
    StepVerifier.create(source.current(REPOSITORY))
        .expectNext(bearer(secret))
        .expectComplete()
        .verify(SOON);
  }

  private void awaitCurrent(String secret) {
    Await.until(
        "the new credential",
        () -> {
          var current = new AtomicReference<Credential>();
          source.current(REPOSITORY).subscribe(current::set);
          return bearer(secret).equals(current.get());
        });
  }

  private void expectFailure(String message) {
    StepVerifier.create(source.current(REPOSITORY)).expectErrorMessage(message).verify(SOON);
  }

  /** The expiry is no part of what is compared here. */
  private Credential bearer(String secret) {
    return new Credential.Bearer(Secret.of(secret));
  }

  /** Each credential is good for an hour and renewed after half of it. */
  private final class HourlyMint implements CredentialMint {
    @Override
    public String keyFor(RepositoryAddress repository) {
      return "all";
    }

    @Override
    public Minted<Credential> mint(RepositoryAddress repository) {
      mints.incrementAndGet();
      return new Minted<>(
          bearer(provider.get().get()),
          clock.instant().plus(Duration.ofMinutes(30)),
          Optional.of(clock.instant().plus(Duration.ofHours(1))));
    }
  }
}
