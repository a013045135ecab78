package dev.entrepot.credentials.aws;

import static dev.entrepot.credentials.aws.AwsUnderTest.ROLE;
import static dev.entrepot.credentials.aws.AwsUnderTest.SOON;
import static dev.entrepot.credentials.aws.AwsUnderTest.repository;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Everything secret is called canary: nothing of it is in a log, a message or a dump. */
class SecrecyTest {

  @TempDir private Path directory;
  private AwsUnderTest under;

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level before = root.getLevel();
  private final Lines lines = new Lines();

  @BeforeEach
  void start() {
    under = new AwsUnderTest(directory);
    root.setLevel(Level.INFO);
    lines.start();
    root.addAppender(lines);
  }

  @AfterEach
  void stop() {
    root.detachAppender(lines);
    root.setLevel(before);
    under.close();
  }

  @Test
  void aLifeOfATokenTellsNothingSecret() throws Exception {
    // Given
    String answer = "{\"__type\":\"canary\",\"message\":\"canary\"}";
    CredentialSource source = under.withKey();
    // When
    tell(source);
    under.writeSecret("canary-wrong");
    under.clock.advance(Duration.ofHours(13));
    tell(source);
    under.writeSecret("");
    under.clock.advance(Duration.ofHours(13));
    tell(source);
    under.writeSecret(AwsUnderTest.SECRET);
    tell(under.withRole(ROLE, "canary-external-id"));
    Files.writeString(
        directory.resolve("aws-credentials"),
        "[ci]\naws_access_key_id = x\ncanary = canary\naws_secret_access_key = canary\n[broken\n");
    tell(under.withProfile("ci"));
    tell(under.withEnvironment());
    under.settings.set("aws.containerCredentialsFullUri", under.aws.containerCredentials() + "");
    tell(under.withEnvironment());
    under.aws.chaos().when(RequestMatch.any()).always(Fault.answer(Reply.json(400, answer)));
    tell(under.ecrPublic());
    // Then
    assertThat(lines.told).hasSizeGreaterThan(8);
    assertThat(lines.told)
        .allSatisfy(line -> assertThat(line.toLowerCase(Locale.ROOT)).doesNotContain("canary"));
  }

  /** Asks for a credential and notes what comes of it. */
  private void tell(CredentialSource source) {
    lines.told.add(String.valueOf(source));
    var told =
        source
            .current(repository(AwsUnderTest.HOST))
            .map(String::valueOf)
            .onErrorResume(e -> Mono.just(String.valueOf(e)))
            .block(SOON);
    // The access key's id is no secret, and named on purpose.
    lines.told.add(String.valueOf(told).replace(AwsUnderTest.KEY_ID, "id"));
  }

  private static final class Lines extends AppenderBase<ILoggingEvent> {

    private final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      String trace =
          event.getThrowableProxy() == null
              ? ""
              : ThrowableProxyUtil.asString(event.getThrowableProxy());
      told.add((event.getFormattedMessage() + trace).replace(AwsUnderTest.KEY_ID, "id"));
    }
  }
}
