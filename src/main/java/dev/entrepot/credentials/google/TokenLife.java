package dev.entrepot.credentials.google;

import com.google.auth.oauth2.AccessToken;
import dev.entrepot.credentials.CredentialException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When a token ends and when to get the next one. */
final class TokenLife {

  private static final Duration EARLY = Duration.ofMinutes(5);
  private static final Duration SOONEST = Duration.ofSeconds(10);

  /** What is shorter is over before it is used. */
  private static final Duration SHORTEST = Duration.ofSeconds(6);

  /** Of a token that says nothing of its end. */
  private static final Duration UNSAID = Duration.ofMinutes(30);

  private TokenLife() {}

  /**
   * What is left of it, if it says so. The library has added that to the system's time, which need
   * not be ours.
   *
   * @param name whose token it is
   * @throws CredentialException if it is of no use any more
   */
  static Optional<Duration> remaining(AccessToken token, String name) {
    @Nullable Date end = token.getExpirationTime();
    if (end == null) {
      return Optional.empty();
    }
    Duration left = Duration.between(Instant.now(), end.toInstant());
    if (left.compareTo(SHORTEST) < 0) {
      throw CredentialException.unavailable(name + ": it got a token that has ended already");
    }
    return Optional.of(left);
  }

  /**
   * When to get the next one: well before the end. The metadata server repeats a token until a few
   * minutes before its end; then halfway through the rest.
   *
   * @param isSame whether there was no new one this time
   */
  static Instant renewal(Instant now, Optional<Instant> end, boolean isSame) {
    if (end.isEmpty()) {
      return now.plus(UNSAID);
    }
    Duration life = Duration.between(now, end.get());
    Duration early = max(EARLY, life.dividedBy(10));
    return isSame || early.compareTo(life) >= 0
        ? now.plus(max(SOONEST, life.dividedBy(2)))
        : end.get().minus(early);
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
