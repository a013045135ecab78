package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.upstream.Whereabouts.Place;
import org.jspecify.annotations.Nullable;

/** An endpoint is in trouble: another one may do better, or the same one a moment later. */
final class TroubleException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final RegistryException explained;
  private final Kind kind;
  private final String why;
  private final Place place;

  private TroubleException(RegistryException explained, Kind kind, String why, Place place) {
    super(explained.getMessage(), explained, false, false);
    this.explained = explained;
    this.kind = kind;
    this.why = why;
    this.place = place;
  }

  /**
   * Trouble with this host.
   *
   * @param code what the client is told if nothing else helps
   * @param why as it goes on after "but"
   */
  static TroubleException of(
      Kind kind, ErrorCode code, Ask ask, Object host, String why, @Nullable Throwable cause) {
    return new TroubleException(
        ask.failure(code, host, why, cause, null), kind, why, Place.ENDPOINT);
  }

  /** The same, but of this place. */
  TroubleException at(Place other) {
    return other == place ? this : new TroubleException(explained, kind, why, other);
  }

  RegistryException explained() {
    return explained;
  }

  Kind kind() {
    return kind;
  }

  /** Whose trouble it is. */
  Place place() {
    return place;
  }

  /** What the endpoint did, as it goes on after "but". */
  String why() {
    return why;
  }

  /** What to make of it. */
  enum Kind {
    /** Nobody answered, or not who should: to ask again at once is in vain. */
    GONE(1, 10),
    /** It broke halfway or says that it cannot now: it may be over at once. */
    PASSING(10, 1),
    /** It failed over this very request: perhaps it always will. */
    FAULTY(2, 1),
    /** We ask too much at a time ourselves. */
    CROWDED(1, 0);

    private final int tries;
    private final int weight;

    Kind(int tries, int weight) {
      this.tries = tries;
      this.weight = weight;
    }

    /** How often a request is worth to be tried in all. */
    int tries() {
      return tries;
    }

    /** For how many failed requests it counts when the endpoint is judged. */
    int weight() {
      return weight;
    }
  }
}
