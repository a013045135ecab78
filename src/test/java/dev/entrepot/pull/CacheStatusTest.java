package dev.entrepot.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class CacheStatusTest {

  /** RFC 9211 section 2, as far as we use it. */
  private static final Pattern PARAMETERS =
      Pattern.compile(
          "(hit|fwd=(uri-miss|stale)|fwd-status=\\d{3}|stored|collapsed|detail=[a-z][a-z-]*)");

  private static final List<CacheStatus> ALL =
      List.of(
          CacheStatus.HIT,
          CacheStatus.MISS,
          CacheStatus.PASSED,
          CacheStatus.COLLAPSED,
          CacheStatus.PROVED,
          CacheStatus.REVALIDATED,
          CacheStatus.CHANGED,
          CacheStatus.REVALIDATING,
          CacheStatus.stale(ErrorCode.UPSTREAM_BUSY));

  @Test
  void everyStatusIsWrittenAsTheStandardSays() {
    assertThat(ALL)
        .allSatisfy(
            status ->
                assertThat(status.parameters().split("; "))
                    .allMatch(PARAMETERS.asMatchPredicate()));
  }

  @Test
  void everyStatusHasAWordOfItsOwn() {
    assertThat(ALL)
        .extracting(CacheStatus::outcome)
        .doesNotHaveDuplicates()
        .allMatch(word -> word.matches("[a-z]+"));
  }

  @Test
  void everyStatusIsInTheReadme() throws IOException {
    // When
    String readme = Files.readString(Path.of("README.md"));

    // Then
    assertThat(ALL)
        .filteredOn(status -> !status.isStale())
        .allSatisfy(status -> assertThat(readme).contains("`" + status.parameters() + "`"));
    assertThat(ErrorCode.values())
        .filteredOn(ErrorCode::isUpstreamTrouble)
        .extracting(
            trouble -> CacheStatus.stale(trouble).parameters().replaceFirst(".*detail=", ""))
        .allSatisfy(detail -> assertThat(readme).containsPattern("[`=]" + detail + "`"));
  }

  @Test
  void onlyAnAnswerThatMayBeOutOfDateIsStale() {
    assertThat(ALL)
        .filteredOn(CacheStatus::isStale)
        .containsExactly(CacheStatus.stale(ErrorCode.UPSTREAM_BUSY));
    assertThat(CacheStatus.stale(ErrorCode.UPSTREAM_BUSY).parameters())
        .contains("fwd-status=503; detail=upstream-busy");
  }
}
