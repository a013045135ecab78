package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.pull.LiveUpstreams;
import dev.entrepot.reload.ReloadOutcome;
import dev.entrepot.route.Route;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.upstream.EgressProxy;
import dev.entrepot.upstream.RegistryClient;
import dev.entrepot.upstream.RegistryClients;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a changed configuration file does to a running server. */
@ExtendWith(OutputCaptureExtension.class)
final class ConfigurationReloadTest {

  private static final String ONE =
      """
      entrepot:
        builtin-upstreams: false
        upstreams:
        - match: one.test
          credentials: {type: basic, username: acme, password: canary}
      """;
  private static final String TWO = ONE + "  - match: two.test\n";

  @TempDir private Path directory;

  private final SimpleMeterRegistry counted = new SimpleMeterRegistry();
  private @Nullable LiveUpstreams upstreams;

  @AfterEach
  void closeUpstreams() {
    if (upstreams != null) {
      upstreams.close();
    }
  }

  @Test
  void aNewRuleIsServedAndTheOthersKeepWhatTheyHave() throws IOException {
    // Given
    ConfigurationReload reload = following(ONE);
    RegistryClient before = client("one.test");
    // When
    write(TWO);
    // Then
    assertThat(settled(reload)).isEqualTo(new ReloadOutcome.Replaced());
    assertThat(matches()).containsExactly("one.test", "two.test");
    assertThat(client("one.test")).isSameAs(before);
    assertThat(reload.scan()).isEqualTo(new ReloadOutcome.Unchanged());
  }

  @Test
  void aChangedCredentialGetsNewClientsAndIsNotLogged(CapturedOutput output) throws IOException {
    // Given
    ConfigurationReload reload = following(ONE);
    RegistryClient before = client("one.test");
    // When
    write(ONE.replace("canary", "canary-2"));
    // Then
    assertThat(settled(reload)).isEqualTo(new ReloadOutcome.Replaced());
    assertThat(client("one.test")).isNotSameAs(before);
    assertThat(output.getAll()).contains("changed=[one.test]").doesNotContain("canary");
  }

  @Test
  void aRemovedRuleIsRefusedFromThenOn() throws IOException {
    // Given
    ConfigurationReload reload = following(TWO);
    // When
    write(ONE);
    settled(reload);
    // Then
    assertThat(matches()).containsExactly("one.test");
  }

  @Test
  void aBrokenFileKeepsTheOldAndIsReportedOnce(CapturedOutput output) throws IOException {
    // Given
    ConfigurationReload reload = following(ONE);
    write("entrepot: {upstreams: [{match: one.test, credentials: {type: magic}}]}");
    // When
    ReloadOutcome outcome = settled(reload);
    reload.scan();
    // Then
    assertThat(outcome)
        .isInstanceOfSatisfying(
            ReloadOutcome.Kept.class, kept -> assertThat(kept.problem()).contains("magic"));
    assertThat(matches()).containsExactly("one.test");
    assertThat(output.getAll().split("the last good one stays", -1)).hasSize(2);
    assertThat(counted.get("entrepot.reloads").tag("outcome", "failed").counter().count())
        .isEqualTo(1);
    write(TWO);
    assertThat(settled(reload)).isEqualTo(new ReloadOutcome.Replaced());
  }

  @Test
  void whatIsStillBeingWrittenIsNotTakenUp() throws IOException {
    // Given
    ConfigurationReload reload = following(TWO);
    // When
    write(ONE);
    reload.scan();
    write(TWO);
    // Then
    assertThat(settled(reload)).isEqualTo(new ReloadOutcome.Unchanged());
    assertThat(matches()).containsExactly("one.test", "two.test");
  }

  @Test
  void aFileThatIsGoneKeepsTheOld() throws IOException {
    // Given
    ConfigurationReload reload = following(ONE);
    // When
    Files.delete(file());
    // Then
    assertThat(reload.scan()).isInstanceOf(ReloadOutcome.Kept.class);
    assertThat(matches()).containsExactly("one.test");
  }

  @Test
  void whatAFileNamesMayComeLater() throws IOException {
    // Given
    ConfigurationReload reload = following(ONE);
    Path token = directory.resolve("token");
    write(TWO + "    credentials: {type: bearer, token-file: " + token + "}\n");
    assertThat(settled(reload)).isInstanceOf(ReloadOutcome.Kept.class);
    // When
    Files.writeString(token, "canary");
    // Then
    assertThat(reload.scan()).isEqualTo(new ReloadOutcome.Replaced());
  }

  @Test
  void whatWouldNotBeAllowedToStartIsNotTakenUp() throws IOException {
    // Given
    String open = "entrepot: {listen: '0.0.0.0:5443', builtin-upstreams: false, upstreams: [%s]}";
    ConfigurationReload reload = following(open.formatted("{match: one.test}"));
    // When
    write(
        open.formatted(
            "{match: one.test, credentials: {type: basic, username: a, password: canary}}"));
    // Then
    assertThat(settled(reload))
        .isInstanceOfSatisfying(
            ReloadOutcome.Kept.class,
            kept -> assertThat(kept.problem()).contains("access.anonymous: true"));
  }

  @Test
  void aListenerThatIsClosedOnlyAtTheNextStartProtectsNothingYet() throws IOException {
    // Given
    String open = "entrepot: {listen: '%s:5443', builtin-upstreams: false, upstreams: [%s]}";
    ConfigurationReload reload = following(open.formatted("0.0.0.0", "{match: one.test}"));
    // When
    write(
        open.formatted(
            "127.0.0.1",
            "{match: one.test, credentials: {type: basic, username: a, password: canary}}"));
    // Then
    assertThat(settled(reload)).isInstanceOf(ReloadOutcome.Kept.class);
  }

  @Test
  void aChangeDuringTheStartIsTakenUp() throws IOException {
    // Given
    ConfigurationReload reload = following(ONE, () -> write(TWO));
    // Then
    assertThat(settled(reload)).isEqualTo(new ReloadOutcome.Replaced());
    assertThat(matches()).containsExactly("one.test", "two.test");
  }

  @Test
  void aBadDefaultUpstreamKeepsTheOld() throws IOException {
    // Given
    ConfigurationReload reload = following(ONE);
    // When
    write(TWO + "  default-upstream: bad host!\n");
    // Then
    assertThat(settled(reload))
        .isInstanceOfSatisfying(
            ReloadOutcome.Kept.class,
            kept ->
                assertThat(kept.problem()).contains("entrepot.default-upstream is 'bad host!'"));
    assertThat(matches()).containsExactly("one.test");
  }

  @Test
  void whatNeedsAStartIsSaid(CapturedOutput output) throws IOException {
    // Given
    ConfigurationReload reload = following(ONE);
    // When
    write(ONE + "  drain: 1m\n");
    // Then
    assertThat(settled(reload)).isEqualTo(new ReloadOutcome.Unchanged());
    assertThat(output.getAll()).contains("at the next start only keys=[drain]");
  }

  private ConfigurationReload following(String yaml) throws IOException {
    return following(yaml, () -> {});
  }

  private interface Meanwhile {
    void happens() throws IOException;
  }

  private ConfigurationReload following(String yaml, Meanwhile meanwhile) throws IOException {
    write(yaml);
    var loaded = SettingsLoader.load(Optional.of(file()), List.of());
    meanwhile.happens();
    Meters meters = new Meters(counted);
    Settings settings = loaded.settings();
    upstreams =
        new LiveUpstreams(
            settings.pulls(),
            new RegistryClients(
                settings.allUpstreams(),
                settings.timeouts(),
                EgressProxy.none(),
                MutableClock.create(),
                meters));
    return new ConfigurationReload(loaded, upstreams, meters);
  }

  private RegistryClient client(String registry) {
    RepositoryName name = new RepositoryName("team/app");
    return live()
        .get()
        .clients()
        .of(new Route(registry, new RepositoryAddress(new RegistryHost(registry), name), name));
  }

  private List<String> matches() {
    return List.of("one.test", "two.test").stream().filter(this::isServed).toList();
  }

  private boolean isServed(String registry) {
    try {
      client(registry);
      return true;
    } catch (RegistryException _) {
      return false;
    }
  }

  private LiveUpstreams live() {
    return Objects.requireNonNull(upstreams);
  }

  /** The look that finds a change does not act on it yet. */
  private static ReloadOutcome settled(ConfigurationReload reload) {
    assertThat(reload.scan()).isEqualTo(new ReloadOutcome.Unchanged());
    return reload.scan();
  }

  private void write(String yaml) throws IOException {
    Files.writeString(file(), yaml);
  }

  private Path file() {
    return directory.resolve("entrepot.yaml");
  }
}
