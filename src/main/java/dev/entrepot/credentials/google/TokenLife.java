package dev.entrepot.credentials.google;

import com.google.auth.oauth2.AccessToken;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When a token ends and when to get the next one. */
final class TokenLife {

  private static final Duration EARLY = Duration.ofMinutes(5);
  private static final Duration SOONEST = Duration.ofSeconds(10);

  /** Of a token that says nothing of its end. */
  private static final Duration UNSAID = Duration.ofMinutes(30);

  private TokenLife() {}

  /**
   * What is left of it. The library has added that to the system's time, which need not be ours.
   */
  static Optional<Duration> remaining(AccessToken token) {
    @Nullable Date end = token.getExpirationTime();
    return Optional.ofNullable(end)
        .map(Date::toInstant)
        .map(instant -> Duration.between(Instant.now(), instant));
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
