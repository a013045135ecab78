package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.MintCache;
import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.credentials.RefusalMemory;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * A kubelet credential-provider plugin whose answers are kept for as many images and as long as
 * they say, and renewed before they end.
 */
final class Plugin {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Provider provider;
  private final Program program;
  private final CredentialContext context;
  private final MintCache<Scope.Key, Kept> kept;
  private final RefusalMemory<Scope.Key> refusals;

  Plugin(Provider provider, Program program, CredentialContext context) {
    this.provider = provider;
    this.program = program;
    this.context = context;
    this.kept = new MintCache<>(context.clock(), MintingSource::memory);
    this.refusals = new RefusalMemory<>(context.clock());
  }

  boolean isFor(String image) {
    return provider.isFor(image);
  }

  /** What it says about an image; run only if nothing that is kept covers the image. */
  Mono<PluginAnswer> answer(String image) {
    return Mono.defer(
            () -> {
              Scope.Key own = Scope.IMAGE.keyOf(image);
              Scope.Key key =
                  Arrays.stream(Scope.values())
                      .map(scope -> scope.keyOf(image))
                      .filter(this::isKept)
                      .findFirst()
                      .orElse(own);
              return kept.get(key, () -> run(image)).doOnNext(answer -> leaveTo(answer, own));
            })
        .map(Kept::answer);
  }

  /** The next {@link #answer} that would hold this credential comes from the plugin. */
  void refused(Credential credential) {
    String fingerprint = credential.fingerprint();
    kept.evict((key, known) -> known.answer().holds(fingerprint) && refusals.mayReplace(key));
  }

  private boolean isKept(Scope.Key key) {
    return kept.find(key).filter(known -> known.key().equals(key)).isPresent();
  }

  /** An answer for more than the image it was asked for is found under its own key only. */
  private void leaveTo(Kept answer, Scope.Key image) {
    if (!answer.key().equals(image)) {
      kept.evict(image, known -> known.equals(answer));
    }
  }

  private Mono<Minted<Kept>> run(String image) {
    return context
        .blocking(() -> mint(image))
        .doOnNext(minted -> kept.put(minted.value().key(), minted));
  }

  private Minted<Kept> mint(String image) {
    Instant start = context.clock().instant();
    PluginAnswer answer = ask(image);
    return KeepTime.of(answer.cacheDuration().orElse(provider.defaultCacheDuration()))
        .from(start, new Kept(answer.scope().keyOf(image), answer));
  }

  private PluginAnswer ask(String image) {
    Program.Ended ended =
        program.run(
            JSON.writeValueAsBytes(
                Map.of(
                    "apiVersion",
                    provider.apiVersion(),
                    "kind",
                    "CredentialProviderRequest",
                    "image",
                    image)));
    if (ended.exitCode() != 0) {
      throw CredentialException.unavailable(
          "%s ended with exit code %d".formatted(program.shown(), ended.exitCode()));
    }
    try {
      return PluginAnswer.parse(ended.output(), provider.apiVersion());
    } catch (IllegalArgumentException e) {
      throw CredentialException.unavailable(
          "%s answered with %s".formatted(program.shown(), e.getMessage()));
    }
  }

  /** An answer, and what it was said to hold for. */
  private record Kept(Scope.Key key, PluginAnswer answer) {}
}
