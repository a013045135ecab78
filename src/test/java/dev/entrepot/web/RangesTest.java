package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of blobs, as resuming clients and lazy snapshotters ask for them (RFC 9110 section 14). */
final class RangesTest {

  private static final int LENGTH = 400_000;
  private static final TestBlob BLOB = TestBlob.of(6, LENGTH);
  private static final String PATH = "team/app/blobs/" + BLOB.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", BLOB);
  }

  /** Assertion 17. */
  @ParameterizedTest
  @CsvSource({
    "bytes=0-,0,400000",
    "bytes=0-0,0,1",
    "bytes=1000-,1000,400000",
    "bytes=399999-,399999,400000",
    "bytes=10-19,10,20",
    "bytes=300000-99999999,300000,400000",
    "bytes=-50,399950,400000",
    "bytes=-99999999,0,400000",
    "'Bytes= 7 - 8 ',7,9"
  })
  void oneRangeIsAnsweredExactlyColdAndWarm(String range, int first, int end) {
    // When
    var cold = mirror.get(PATH, "Range: " + range);
    var warm = mirror.get(PATH, "Range: " + range);

    // Then
    assertPart(cold, first, end);
    assertPart(warm, first, end);
  }

  /** Assertion 17, in flight: what has arrived is served at once. */
  @Test
  void rangeThatHasArrivedIsServedWhileTheRestIsOnItsWay() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(200_000, gate));
    try (var first = mirror.connect().request("GET", ProxiedRegistry.target(PATH))) {
      first.readHead();
      first.read(200_000);

      // When
      var part = mirror.get(PATH, "Range: bytes=50000-59999");

      // Then
      assertPart(part, 50_000, 60_000);
      gate.open();
    }
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** Assertion 17, in flight: what has not arrived comes with the same flight. */
  @Test
  void rangeAheadOfTheFlightIsServedExactly() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.holdAt(1000, gate));
    try (var first = mirror.connect().request("GET", ProxiedRegistry.target(PATH));
        var ahead = mirror.connect()) {
      first.readHead();

      // When
      ahead.request("GET", ProxiedRegistry.target(PATH), "Range: bytes=390000-");
      gate.open();

      // Then
      assertThat(ahead.readHead().header("Content-Range")).hasValue("bytes 390000-399999/400000");
      assertThat(ahead.read(10_000)).isEqualTo(BLOB.bytes(390_000, 10_000));
    }
  }

  /** Assertion 18. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=400000-",
        "bytes=400000-400001",
        "bytes=9223372036854775807-",
        "bytes=18446744073709551616-",
        "bytes=99999999999999999999999999-99999999999999999999999999",
        "bytes=-0"
      })
  void rangeBeyondTheEndIs416(String range) {
    // When
    var cold = mirror.get(PATH, "Range: " + range);
    mirror.get(PATH);
    var warm = mirror.get(PATH, "Range: " + range);

    // Then
    assertThat(List.of(cold, warm))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(416);
              assertThat(answer.header("Content-Range")).hasValue("bytes */400000");
            });
  }

  /** Assertion 18. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1-2-3",
        "bytes=0x10-",
        "bytes 0-1",
        "items=0-1",
        "0-1",
        "bytes=--5",
        "bytes=1-,",
        "bytes=+1-2"
      })
  void rangeThatIsNoneIsIgnored(String range) {
    // When
    var answer = mirror.get(PATH, "Range: " + range);

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
  }

  /** Assertion 19. */
  @Test
  void severalRangesComeAsPartsOfOneAnswer() {
    // When
    var cold = mirror.get(PATH, "Range: bytes=0-9, 100000-100099,-7");
    var warm = mirror.get(PATH, "Range: bytes=0-9, 100000-100099,-7");

    // Then
    assertThat(List.of(cold, warm))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(206);
              assertThat(answer.header("Content-Length")).hasValue("" + answer.body().length());
              assertThat(parts(answer)).containsExactly("0-9", "100000-100099", "399993-399999");
            });
  }

  /** Assertion 19: pieces come from several threads and must not overtake each other. */
  @Test
  void partsAlwaysComeInTheirOrder() {
    try (var probe = mirror.connect()) {
      for (int round = 0; round < 100; round++) {
        // When
        var answer =
            probe.exchange(
                "GET", ProxiedRegistry.target(PATH), "Range: bytes=5-6,300000-300003,1-1,9-99");

        // Then
        assertThat(parts(answer)).containsExactly("5-6", "300000-300003", "1-1", "9-99");
      }
    }
  }

  /** Assertion 19: nobody makes us send a blob many times over. */
  @Test
  void rangesThatAskForMoreThanTheBlobAreAnsweredWithTheBlob() {
    // Given
    var overlapping = "bytes=" + "0-,".repeat(50) + "0-";
    var tooMany =
        IntStream.range(0, 200)
            .mapToObj(at -> at * 10 + "-" + at * 10)
            .collect(Collectors.joining(",", "bytes=", ""));

    // When
    var wasteful = mirror.get(PATH, "Range: " + overlapping);
    var many = mirror.get(PATH, "Range: " + tooMany);

    // Then
    assertThat(wasteful.status()).isEqualTo(200);
    assertThat(many.status()).isEqualTo(200);
    assertThat(Hashing.digest(many.body())).isEqualTo(BLOB.digest());
  }

  /** Assertion 20. */
  @Test
  void partThatAClientWantsIsNeverStoredAsTheWhole() {
    // When
    mirror.get(PATH, "Range: bytes=1000-1999");
    var whole = mirror.get(PATH);

    // Then
    assertThat(Hashing.digest(whole.body())).isEqualTo(BLOB.digest());
    assertThat(mirror.registry().requests()).allMatch(asked -> asked.header("Range").isEmpty());
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** Assertion 17: upstream need not know ranges. */
  @Test
  void rangeWorksOverAnUpstreamWithoutRanges() {
    // Given
    try (var cdn = FakeCdn.start().withoutRanges()) {
      mirror.registry().redirectingBlobs(cdn);

      // When
      var answer = mirror.get(PATH, "Range: bytes=5-9");

      // Then
      assertPart(answer, 5, 10);
    }
  }

  @ParameterizedTest
  @CsvSource({"same,206", "other,200"})
  void rangeIsForTheContentThatTheClientMeans(String which, int status) {
    // Given
    var tag = which.equals("same") ? "\"" + BLOB.digest() + "\"" : "\"something else\"";

    // When
    var answer = mirror.get(PATH, "Range: bytes=5-9", "If-Range: " + tag);

    // Then
    assertThat(answer.status()).isEqualTo(status);
  }

  @Test
  void rangeOfAHeadIsIgnored() {
    // When
    var answer = mirror.head(PATH, "Range: bytes=5-9");

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Length")).hasValue("400000");
  }

  /** S-24: whatever is asked, the answer is 416, all of it, or exactly what it says it is. */
  @Test
  void anyRangeIsAnsweredTruthfully() {
    // Given
    var random = new Random(24);
    try (var probe = mirror.connect()) {
      for (int round = 0; round < 300; round++) {
        var range = "bytes=" + number(random) + "-" + number(random);

        // When
        var answer = probe.exchange("GET", ProxiedRegistry.target(PATH), "Range: " + range);

        // Then
        assertThat(answer.status()).as(range).isIn(200, 206, 416);
        if (answer.status() == 206) {
          var said = PART.matcher(answer.header("Content-Range").orElseThrow()).results().toList();
          int first = Integer.parseInt(said.getFirst().group(1));
          int end = Integer.parseInt(said.getFirst().group(2)) + 1;
          assertPart(answer, first, end);
        } else {
          assertThat(answer.body().length())
              .as(range)
              .isEqualTo(answer.status() == 200 ? LENGTH : 0);
        }
      }
    }
  }

  private static final Pattern PART = Pattern.compile("bytes (\\d+)-(\\d+)/400000");

  private static String number(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> "";
      case 1 -> "" + random.nextLong(Long.MAX_VALUE);
      case 2 -> "" + (LENGTH - 2 + random.nextInt(4));
      case 3 -> "" + random.nextInt(3);
      default -> "" + random.nextInt(LENGTH);
    };
  }

  private static void assertPart(ProbeAnswer answer, int first, int end) {
    assertThat(answer.status()).isEqualTo(206);
    assertThat(answer.header("Content-Range"))
        .hasValue("bytes %d-%d/%d".formatted(first, end - 1, LENGTH));
    assertThat(answer.headers("Content-Length")).containsExactly("" + (end - first));
    assertThat(answer.body().toBytes()).isEqualTo(BLOB.bytes(first, end - first));
  }

  /** The ranges of a multipart answer, each checked against the blob's bytes. */
  private static List<String> parts(ProbeAnswer answer) {
    var type = answer.header("Content-Type").orElseThrow();
    var boundary = type.substring("multipart/byteranges; boundary=".length());
    var text = new String(answer.body().toBytes(), StandardCharsets.ISO_8859_1);
    assertThat(text).endsWith("\r\n--" + boundary + "--\r\n");
    var found = new ArrayList<String>();
    for (MatchResult part : PART.matcher(text).results().toList()) {
      int first = Integer.parseInt(part.group(1));
      int length = Integer.parseInt(part.group(2)) + 1 - first;
      var at = part.end() + "\r\n\r\n".length();
      assertThat(text.substring(at, at + length))
          .isEqualTo(new String(BLOB.bytes(first, length), StandardCharsets.ISO_8859_1));
      assertThat(text.substring(at + length)).startsWith("\r\n--" + boundary);
      found.add(part.group(1) + "-" + part.group(2));
    }
    return found;
  }
}
