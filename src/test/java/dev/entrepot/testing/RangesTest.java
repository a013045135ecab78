package dev.entrepot.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RangesTest {

  private static final Body BODY = Body.of("0123456789");

  @ParameterizedTest
  @CsvSource({
    "bytes=0-3, 0123, bytes 0-3/10",
    "bytes=4-, 456789, bytes 4-9/10",
    "bytes=-3, 789, bytes 7-9/10",
    "bytes=8-99, 89, bytes 8-9/10",
    "bytes=-99, 0123456789, bytes 0-9/10",
    "bytes=9-9, 9, bytes 9-9/10"
  })
  void satisfiableRangeGetsItsPart(String range, String part, String contentRange) {
    // Given
    var request = get(new Header("Range", range));
    // When
    var reply = Ranges.answer(request, BODY, "\"t\"");
    // Then
    assertThat(reply.status().code()).isEqualTo(206);
    assertThat(new String(reply.body().toBytes(), StandardCharsets.UTF_8)).isEqualTo(part);
    assertThat(reply.headers()).contains(new Header("Content-Range", contentRange));
  }

  @Test
  void rangeBehindTheEndGets416() {
    // Given
    var request = get(new Header("Range", "bytes=10-"));
    // When
    var reply = Ranges.answer(request, BODY, "\"t\"");
    // Then
    assertThat(reply.status().code()).isEqualTo(416);
    assertThat(reply.headers()).contains(new Header("Content-Range", "bytes */10"));
  }

  @ParameterizedTest
  @CsvSource({"bytes=5-3", "bytes=a-b", "bytes=-", "items=0-3", "'bytes=0-1,3-4'"})
  void rangeThatMakesNoSenseIsIgnored(String range) {
    // Given
    var request = get(new Header("Range", range));
    // When
    var reply = Ranges.answer(request, BODY, "\"t\"");
    // Then
    assertThat(reply.status().code()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"'\"t\"', 206", "'\"other\"', 200"})
  void rangeHoldsOnlyIfTheTagIsTheSame(String ifRange, int status) {
    // Given
    var request = get(new Header("Range", "bytes=0-3"), new Header("If-Range", ifRange));
    // When
    var reply = Ranges.answer(request, BODY, "\"t\"");
    // Then
    assertThat(reply.status().code()).isEqualTo(status);
  }

  private static RecordedRequest get(Header... headers) {
    return new RecordedRequest(
        "GET", "/", List.of(headers), "", InetSocketAddress.createUnresolved("client", 1));
  }
}
