package dev.entrepot.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cache.Content;
import dev.entrepot.oci.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

final class CacheStatusTest {

  /** RFC 9211 section 2, as far as we use it. */
  private static final Pattern PARAMETERS =
      Pattern.compile(
          "(hit|fwd=(uri-miss|stale)|fwd-status=\\d{3}|stored|collapsed|detail=[a-z][a-z0-9+-]*)");

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

  @Test
  void whatHappenedOnTheWayIsOneDetailAndNoOtherOutcome() {
    // Given
    Content eventful = with(Optional.of("resumed-1+retried-2"));

    // When
    CacheStatus miss = CacheStatus.MISS.of(eventful);
    CacheStatus proved = CacheStatus.PROVED.of(eventful);

    // Then
    assertThat(miss.parameters()).isEqualTo("fwd=uri-miss; stored; detail=resumed-1+retried-2");
    assertThat(proved.parameters())
        .isEqualTo("fwd=uri-miss; fwd-status=200; detail=content-known+resumed-1+retried-2");
    assertThat(List.of(miss, proved))
        .allSatisfy(
            status ->
                assertThat(status.parameters().split("; "))
                    .allMatch(PARAMETERS.asMatchPredicate()));
    assertThat(miss.is(CacheStatus.MISS)).isTrue();
    assertThat(miss.is(CacheStatus.HIT)).isFalse();
    assertThat(CacheStatus.MISS.of(with(Optional.empty()))).isEqualTo(CacheStatus.MISS);
  }

  private static Content with(Optional<String> history) {
    return new Content() {
      @Override
      public Optional<String> history() {
        return history;
      }

      @Override
      public OptionalLong length() {
        return OptionalLong.empty();
      }

      @Override
      public Flux<ByteBuf> read(long from, long to) {
        return Flux.empty();
      }
    };
  }
}
