package dev.entrepot.credentials;

import dev.entrepot.metrics.Meters;
import java.net.ProxySelector;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * What sources are made with.
 *
 * @param rule the {@code match} of the upstream's rule, for messages and meters
 * @param proxies the egress proxies, for those who ask a cloud
 * @param turns how many calls the rule may have under way: what hangs for one holds up no other
 */
public record CredentialContext(
    String rule, InstantSource clock, Meters meters, ProxySelector proxies, Semaphore turns) {

  private static final Logger log = LoggerFactory.getLogger(CredentialContext.class);

  /** How long a call may take: a cold pull fails within 10 s. */
  public static final Duration PATIENCE = Duration.ofSeconds(8);

  private static final int AT_ONCE = 8;

  private static final Scheduler THREADS =
      Schedulers.fromExecutorService(Executors.newVirtualThreadPerTaskExecutor());

  /** The usual number of turns. */
  public CredentialContext(String rule, InstantSource clock, Meters meters, ProxySelector proxies) {
    this(rule, clock, meters, proxies, new Semaphore(AT_ONCE));
  }

  /**
   * Makes something with a call that may block: on a thread that may, for a limited time, counted
   * and, when it fails, logged. Fails with a {@link CredentialException} only.
   */
  public <T> Mono<T> blocking(Callable<T> call) {
    return Mono.fromCallable(() -> inTurn(call))
        .subscribeOn(THREADS)
        .timeout(PATIENCE)
        .onErrorMap(CredentialContext::explained)
        .doOnNext(_ -> meters.credentialMinted(rule, "minted"))
        .doOnError(CredentialException.class, this::failed);
  }

  private <T> T inTurn(Callable<T> call) throws Exception {
    turns.acquire();
    try {
      return call.call();
    } finally {
      turns.release();
    }
  }

  private void failed(CredentialException failure) {
    meters.credentialMinted(rule, failure.isDenied() ? "denied" : "failed");
    log.warn("no new credential rule={} cause=\"{}\"", rule, failure.getMessage());
  }

  /** What an unforeseen exception says may hold a secret; its type does not. */
  private static CredentialException explained(Throwable failure) {
    return switch (failure) {
      case CredentialException known -> known;
      case TimeoutException _ ->
          CredentialException.unavailable(
              "it took longer than " + PATIENCE.toSeconds() + " s to get a credential");
      default ->
          CredentialException.unavailable(
              "getting a credential failed with " + failure.getClass().getSimpleName());
    };
  }
}
