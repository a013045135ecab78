package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Range headers, over content of 10,000 bytes as in RFC 9110 §14.1.2. */
class RangeRequestTest {

  private static final long LENGTH = 10_000;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bytes=0-499                     | 0-500
          bytes=500-999                   | 500-1000
          bytes=-500                      | 9500-10000
          bytes=9500-                     | 9500-10000-
          bytes=0-                        | 0-10000-
          bytes=0-0                       | 0-1
          bytes=9999-9999                 | 9999-10000
          bytes=9999-                     | 9999-10000-
          bytes=-1                        | 9999-10000
          bytes=-10000                    | 0-10000
          bytes=-10001                    | 0-10000
          bytes=9000-10000                | 9000-10000
          bytes=9000-99999999999999999999 | 9000-10000
          bytes=9000-9223372036854775807  | 9000-10000
          bytes=-9223372036854775808      | 0-10000
          bytes=0000000000000000000009-10 | 9-11
          BYTES=1-2                       | 1-3
          bytes= 1-2                      | 1-3
          bytes=0-0,-1                    | 0-1 9999-10000
          bytes=0-0, 500-999 ,9500-       | 0-1 500-1000 9500-10000-
          bytes=500-600,601-999           | 500-601 601-1000
          bytes=500-700,601-999           | 500-701 601-1000
          bytes=900-999,0-99              | 900-1000 0-100
          bytes=0-4999,5000-              | 0-5000 5000-10000-
          """)
  void partsAreGivenInTheOrderAskedFor(String header, String parts) {
    // When
    RangeRequest wanted = within(header, LENGTH);

    // Then
    List<ByteRange> ranges = Arrays.stream(parts.split(" ")).map(RangeRequestTest::range).toList();
    assertThat(wanted).isEqualTo(new RangeRequest.Parts(ranges));
  }

  /** An open range is written with a dash at its end. */
  private static ByteRange range(String text) {
    String[] ends = text.split("-", 3);
    return new ByteRange(Long.parseLong(ends[0]), Long.parseLong(ends[1]), text.endsWith("-"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bytes=500-999      | 500-1000
          bytes=0-0,500-     | 0-1
          bytes=5-2          | 0-1
          bytes=-500         | 0-1
          bytes=-0           | 0-1
          """)
  void theFirstPartIsKnownBeforeTheLength(String header, String part) {
    // When
    ByteRange first = RangeRequest.Header.parse(header).orElseThrow().first();

    // Then
    assertThat(first).isEqualTo(range(part));
  }

  @Test
  void anOpenFirstPartHasNoEndBeforeTheLengthIsKnown() {
    // When
    ByteRange first = RangeRequest.Header.parse("bytes=500-").orElseThrow().first();

    // Then
    assertThat(first).isEqualTo(ByteRange.from(500));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=10000-",
        "bytes=10000-10001",
        "bytes=-0",
        "bytes=-00",
        "bytes=5-2",
        "bytes=1-0",
        "bytes=9223372036854775807-",
        "bytes=9223372036854775806-9223372036854775807",
        "bytes=99999999999999999999-",
        "bytes=99999999999999999999-99999999999999999999",
        "bytes=10000-,20000-,-0"
      })
  void rangesOutsideTheContentAreUnsatisfiable(String header) {
    // When
    RangeRequest wanted = within(header, LENGTH);

    // Then
    assertThat(wanted).isEqualTo(new RangeRequest.Unsatisfiable());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-0,10000-", "bytes=5-2,0-0", "bytes=-0,0-0"})
  void rangesOutsideTheContentAreLeftOutAmongOthers(String header) {
    // When
    RangeRequest wanted = within(header, LENGTH);

    // Then
    assertThat(wanted).isEqualTo(new RangeRequest.Parts(List.of(new ByteRange(0, 1))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-,0-", "bytes=0-5000,5000-", "bytes=0-,-1", "bytes=-6000,0-5000"})
  void rangesThatSendMoreThanTheContentAreAnsweredWithTheContent(String header) {
    // When
    RangeRequest wanted = within(header, LENGTH);

    // Then
    assertThat(wanted).isEqualTo(new RangeRequest.Whole());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=0-1,",
        "bytes=0-1,,2-3",
        "bytes=--1",
        "bytes=-1-2",
        "bytes=1-2-3",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes=1.0-2",
        "bytes=a-b",
        "bytes=1 2-3",
        "bytes=\u0661-\u0662",
        "bytes 0-1",
        "bytes =0-1",
        "items=0-1",
        "seconds=0-1",
        "0-1",
        "bytes=0-1\n"
      })
  void anotherUnitOrBrokenSyntaxIsIgnored(String header) {
    // When
    Optional<RangeRequest.Header> parsed = RangeRequest.Header.parse(header);

    // Then
    assertThat(parsed).isEmpty();
  }

  @Test
  void moreThan128RangesAreIgnored() {
    // When
    Optional<RangeRequest.Header> most = RangeRequest.Header.parse(singleBytes(128));
    Optional<RangeRequest.Header> tooMany = RangeRequest.Header.parse(singleBytes(129));

    // Then
    assertThat(most).isPresent();
    assertThat(tooMany).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-5", "bytes=7-"})
  void emptyContentIsGivenWhole(String header) {
    // When
    RangeRequest wanted = within(header, 0);

    // Then
    assertThat(wanted).isEqualTo(new RangeRequest.Whole());
  }

  @Test
  @Timeout(5)
  void headerOfBlanksIsReadOnce() {
    // Given
    String blanks = "bytes=" + " ".repeat(200_000) + "x";

    // When
    Optional<RangeRequest.Header> parsed = RangeRequest.Header.parse(blanks);

    // Then
    assertThat(parsed).isEmpty();
  }

  @Test
  void whateverIsAskedForLiesWithinTheContent() {
    // Given
    Random random = new Random(24);
    List<String> pieces =
        List.of("0", "1", "7", "99", "100", "9223372036854775807", "-", "-", ",", " ", "x", "");

    for (int i = 0; i < 20_000; i++) {
      String header =
          "bytes="
              + random
                  .ints(1 + random.nextInt(8), 0, pieces.size())
                  .mapToObj(pieces::get)
                  .collect(Collectors.joining());
      long length = random.nextInt(101);

      // When
      Optional<RangeRequest> wanted =
          RangeRequest.Header.parse(header).map(parsed -> parsed.within(length));

      // Then
      if (wanted.isPresent() && wanted.get() instanceof RangeRequest.Parts(List<ByteRange> parts)) {
        assertThat(parts).as(header).isNotEmpty().allMatch(part -> part.end() <= length);
        assertThat(parts.stream().mapToLong(ByteRange::length).sum()).isBetween(1L, length);
      }
    }
  }

  @Test
  void partDescribesItselfForContentRange() {
    // When
    String described = new ByteRange(9500, 10_000).contentRange(LENGTH);

    // Then
    assertThat(described).isEqualTo("bytes 9500-9999/10000");
  }

  private static String singleBytes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> 2 * i + "-" + 2 * i)
        .collect(Collectors.joining(",", "bytes=", ""));
  }

  private static RangeRequest within(String header, long length) {
    return RangeRequest.Header.parse(header).orElseThrow().within(length);
  }
}
