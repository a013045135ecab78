package dev.entrepot.credentials;

import dev.entrepot.oci.RepositoryAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** Credentials that a {@link CredentialMint} makes: kept, renewed, and made anew when refused. */
public final class MintingSource implements CredentialSource {

  private final CredentialMint mint;
  private final CredentialContext context;
  private final MintCache<String, Credential> minted;
  private final RefusalMemory<String> refusals;

  /** Makes a source that has made nothing yet. */
  public MintingSource(CredentialMint mint, CredentialContext context) {
    this.mint = mint;
    this.context = context;
    this.minted = new MintCache<>(context.clock(), MintingSource::memory);
    this.refusals = new RefusalMemory<>(context.clock());
  }

  @Override
  public Mono<Credential> current(RepositoryAddress repository) {
    Mono<?> read = mint.file().<Mono<?>>map(WatchedFile::current).orElse(Mono.empty());
    return read.then(Mono.fromCallable(() -> mint.keyFor(repository)))
        .flatMap(key -> minted.get(key, () -> context.blocking(() -> mint.mint(repository))));
  }

  @Override
  public void refused(Credential credential) {
    mint.file().ifPresent(WatchedFile::doubt);
    String fingerprint = credential.fingerprint();
    minted.evict(
        (key, known) -> known.fingerprint().equals(fingerprint) && refusals.mayReplace(key));
  }

  /** How long a failure is repeated without asking again. */
  public static Duration memory(Throwable failure) {
    return failure instanceof CredentialException no && no.isDenied()
        ? Duration.ofSeconds(5)
        : Duration.ofSeconds(1);
  }
}
