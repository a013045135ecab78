package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import reactor.core.publisher.Mono;

/** What a client of a registry fails with. */
final class Refusals {

  private Refusals() {}

  /** The call fails with this code, and says all of this. */
  static RegistryException expect(ErrorCode code, Mono<?> call, String... words) {
    RegistryException refusal =
        catchThrowableOfType(RegistryException.class, () -> call.block(SOON));
    assertThat(refusal).as("the refusal").isNotNull();
    assertThat(refusal.code()).as(refusal.explanation()).isEqualTo(code);
    if (words.length > 0) {
      assertThat(refusal.explanation()).contains(words);
    }
    return refusal;
  }
}
