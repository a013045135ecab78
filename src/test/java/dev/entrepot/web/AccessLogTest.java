package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** The access log, whose lines people and programs read. */
final class AccessLogTest {

  private static final TestBlob BLOB = TestBlob.of(51, 400_000);
  private static final String PATH = "team/app/blobs/" + BLOB.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  private final Lines lines = new Lines();
  private final Logger accessLog = (Logger) LoggerFactory.getLogger("entrepot.access");

  @BeforeEach
  void listen() {
    mirror.registry().push("team/app", BLOB);
    lines.start();
    accessLog.addAppender(lines);
  }

  @AfterEach
  void leave() {
    accessLog.detachAppender(lines);
  }

  @Test
  void everyRequestIsOneLineWithItsOutcome() {
    // When
    mirror.get(PATH, "User-Agent: containerd/2.1");
    mirror.awaitStored(BLOB.digest());
    mirror.head(PATH);
    mirror.get("team/app/manifests/none");

    // Then
    assertThat(lines.await(3))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .contains(
                        "method=GET path=\"/v2/" + PATH + "\" ns=registry.test status=200",
                        "cache=miss bytes=400000",
                        "agent=\"containerd/2.1\" end=complete"),
            line -> assertThat(line).contains("method=HEAD", "cache=hit bytes=0", "end=complete"),
            line ->
                assertThat(line)
                    .contains("status=404 cache=manifest-unknown", "end=complete because=\""));
  }

  /** S-51. */
  @Test
  void clientCannotWriteLinesOfItsOwn() {
    // When
    mirror.get("team/app/manifests/v1\"x", "User-Agent: a\" b=\"c\u0085\u00e9");

    // Then
    assertThat(lines.await(1))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line).matches("[ -~]+");
              assertThat(line).contains("/manifests/v1?x\"", "agent=\"a? b=?c??\"");
            });
  }

  @Test
  void bodyThatEndedShortIsToldWithItsReason() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.flipByteAt(1));

    // When
    mirror.get(PATH);

    // Then
    assertThat(lines.await(1))
        .singleElement()
        .satisfies(
            line -> assertThat(line).contains("status=200", "end=broken because=\"tried to"));
  }

  @Test
  void clientThatLeftIsNoError() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(100_000, gate));
    var leaving = mirror.connect().request("GET", ProxiedRegistry.target(PATH));
    leaving.readHead();

    // When
    leaving.reset();
    var written = lines.await(1);
    gate.open();

    // Then
    assertThat(written)
        .singleElement()
        .satisfies(line -> assertThat(line).contains("end=client-gone"));
  }

  private static final class Lines extends AppenderBase<ILoggingEvent> {

    private final List<String> written = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      written.add(event.getFormattedMessage());
    }

    List<String> await(int count) {
      Await.until(count + " lines", () -> written.size() >= count);
      return List.copyOf(written);
    }
  }
}
