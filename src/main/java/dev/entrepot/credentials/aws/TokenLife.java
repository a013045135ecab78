package dev.entrepot.credentials.aws;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.Minted;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides when a rule's authorization tokens are renewed. */
final class TokenLife {

  private static final Logger log = LoggerFactory.getLogger(TokenLife.class);

  /** As AWS's own credential helpers do it. */
  private static final double RENEWED_AFTER = 0.5;

  /** How long a token is kept whatever it says, so that nobody asks for one at every pull. */
  private static final Duration HOLD = Duration.ofSeconds(30);

  private final String rule;
  private final AtomicBoolean warned = new AtomicBoolean();

  TokenLife(CredentialContext context) {
    this.rule = context.rule();
  }

  /** A token that was asked for at {@code start}. */
  Minted<Credential> of(
      Function<Optional<Instant>, Credential> token, Instant start, @Nullable Instant end) {
    if (end != null && end.isAfter(start.plus(HOLD))) {
      return Minted.renewedAfter(RENEWED_AFTER, token.apply(Optional.of(end)), start, end);
    }
    if (!warned.getAndSet(true)) {
      log.warn(
          "authorization token ends too soon rule={} ends={} kept={}s; is this machine's clock right?",
          rule,
          end,
          HOLD.toSeconds());
    }
    Instant held = start.plus(HOLD.multipliedBy(2));
    return new Minted<>(token.apply(Optional.of(held)), start.plus(HOLD), Optional.of(held));
  }
}
