package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import java.util.Objects;

/** Who sent bytes that a digest names. Equal as often as the same endpoint has sent some. */
public final class Sender {

  private final Ask ask;
  private final UpstreamAnswer answer;

  Sender(Ask ask, UpstreamAnswer answer) {
    this.ask = ask;
    this.answer = answer;
  }

  /** The bytes were not what the digest says: others are asked first for a while. */
  public void sentSomethingElse() {
    answer.blame(
        TroubleException.of(
            TroubleException.Kind.FAULTY,
            ErrorCode.UPSTREAM_INVALID,
            ask,
            answer.uri().getRawAuthority(),
            "it sent bytes that are not what the digest says",
            null));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sender sender
        && answer.endpoint().equals(sender.answer.endpoint())
        && answer.foreign() == sender.answer.foreign();
  }

  @Override
  public int hashCode() {
    return Objects.hash(answer.endpoint(), answer.foreign());
  }
}
