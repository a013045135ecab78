package dev.entrepot.credentials;

import dev.entrepot.oci.RepositoryAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;

/** Credentials that a {@link CredentialMint} makes: kept, renewed, and made anew when refused. */
public final class MintingSource implements CredentialSource {

  /** For so long a replacement that is refused too stays the credential there is. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final CredentialMint mint;
  private final CredentialContext context;
  private final MintCache<String, Credential> minted;
  private final Map<String, Instant> replaced = new ConcurrentHashMap<>();

  /** Makes a source that has made nothing yet. */
  public MintingSource(CredentialMint mint, CredentialContext context) {
    this.mint = mint;
    this.context = context;
    this.minted = new MintCache<>(context.clock(), MintingSource::memory);
  }

  @Override
  public Mono<Credential> current(RepositoryAddress repository) {
    return mint.look()
        .then(Mono.fromCallable(() -> mint.keyFor(repository)))
        .flatMap(key -> minted.get(key, () -> context.blocking(() -> mint.mint(repository))));
  }

  @Override
  public void refused(Credential credential) {
    String fingerprint = credential.fingerprint();
    minted.evict((key, known) -> known.fingerprint().equals(fingerprint) && isOnceInAWhile(key));
  }

  /** Else who mints would be asked at every pull, for credentials that are all refused. */
  private boolean isOnceInAWhile(String key) {
    Instant now = context.clock().instant();
    replaced.values().removeIf(at -> !now.isBefore(at.plus(PAUSE)));
    return replaced.putIfAbsent(key, now) == null;
  }

  /** How long a failure is repeated without asking again. */
  public static Duration memory(Throwable failure) {
    return failure instanceof CredentialException no && no.isDenied()
        ? Duration.ofSeconds(5)
        : Duration.ofSeconds(1);
  }
}
