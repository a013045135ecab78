package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Fault;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Blobs whose upstream answers, and then brings no bytes. */
final class StalledBodyTest {

  private static final TestBlob BLOB = TestBlob.of(98, 10_000);

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  /** The headers of so small an answer leave with its bytes, and containerd waits 30 s for them. */
  @Test
  void clientIsToldBeforeItGivesUpWaitingForTheHeadersOfASmallBlob() {
    // Given
    mirror.registry().push("team/app", BLOB);
    mirror.registry().chaos().when(RequestMatch.get(BLOB.digest())).always(Fault.hangAt(5_000));

    // When
    var answer = mirror.get("team/app/blobs/" + BLOB.digest());

    // Then
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.text()).contains("its bytes did not come from upstream within 27 s");
  }
}
