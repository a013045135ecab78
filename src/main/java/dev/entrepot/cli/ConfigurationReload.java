package dev.entrepot.cli;

import dev.entrepot.cli.SettingsLoader.LoadedSettings;
import dev.entrepot.metrics.Meters;
import dev.entrepot.pull.LiveUpstreams;
import dev.entrepot.pull.PullProperties;
import dev.entrepot.reload.ReloadLoop;
import dev.entrepot.reload.ReloadOutcome;
import dev.entrepot.upstream.UpstreamProperties;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/**
 * Takes up what the configuration file says of upstreams and access while the server runs. A file
 * that cannot be used changes nothing and is tried again; what else has changed waits for a start.
 */
final class ConfigurationReload implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ConfigurationReload.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** The settings that follow the file; a difference in any other is only reported. */
  private static final Set<String> LIVE =
      Set.of("upstreams", "access", "defaultUpstream", "builtinUpstreams");

  private final LiveUpstreams upstreams;
  private final Settings started;
  private final List<String> overrides;
  private final ReloadLoop loop;
  private Optional<Path> file;
  private byte[] inForce;
  private byte[] seen;
  private PullProperties current;

  ConfigurationReload(LoadedSettings loaded, LiveUpstreams upstreams, Meters meters) {
    this.upstreams = upstreams;
    this.started = loaded.settings();
    this.overrides = loaded.overrides();
    this.file = loaded.file();
    // The file may have changed while the server was starting: the first look compares.
    this.inForce = new byte[0];
    this.seen = inForce;
    this.current = started.pulls();
    this.loop = new ReloadLoop("the configuration", this::look, outcome -> count(outcome, meters));
  }

  /** Starts to look at the file every second. */
  void start() {
    loop.start(INTERVAL);
  }

  /** Looks at the file once, now. */
  ReloadOutcome scan() {
    return loop.scan();
  }

  @Override
  public void close() {
    loop.close();
  }

  private ReloadOutcome look() {
    // A server that was started without a file takes up the first one there is.
    file = file.or(SettingsLoader::usual);
    if (file.isEmpty()) {
      return new ReloadOutcome.Unchanged();
    }
    byte[] content = content(file.get());
    // What is still being written may look whole, and lack rules.
    boolean settled = Arrays.equals(content, seen);
    seen = content;
    if (!settled || Arrays.equals(content, inForce)) {
      return new ReloadOutcome.Unchanged();
    }
    Settings found = SettingsLoader.load(file, overrides).settings();
    // The listener stays as it was started.
    Server.refuseExposure(found.listeningAs(started));
    PullProperties wanted = found.pulls();
    boolean changed = !wanted.equals(current);
    if (changed) {
      upstreams.replace(wanted);
      log.info("upstreams changed {}", difference(current.upstreams(), wanted.upstreams()));
      current = wanted;
    }
    sayWhatWaits(found);
    inForce = content;
    return changed ? new ReloadOutcome.Replaced() : new ReloadOutcome.Unchanged();
  }

  private void sayWhatWaits(Settings found) {
    List<String> waiting =
        Arrays.stream(Settings.class.getRecordComponents())
            .filter(component -> !LIVE.contains(component.getName()))
            .filter(
                component -> !Objects.equals(value(component, found), value(component, started)))
            .map(component -> DataObjectPropertyName.toDashedForm(component.getName()))
            .toList();
    if (!waiting.isEmpty()) {
      log.warn("changed settings take effect at the next start only keys={}", waiting);
    }
  }

  private static String difference(
      List<UpstreamProperties> before, List<UpstreamProperties> after) {
    List<String> old = before.stream().map(UpstreamProperties::match).toList();
    List<String> now = after.stream().map(UpstreamProperties::match).toList();
    return "added=%s removed=%s changed=%s"
        .formatted(
            now.stream().filter(match -> !old.contains(match)).toList(),
            old.stream().filter(match -> !now.contains(match)).toList(),
            after.stream()
                .filter(rule -> old.contains(rule.match()) && !before.contains(rule))
                .map(UpstreamProperties::match)
                .toList());
  }

  private static Object value(RecordComponent component, Settings settings) {
    try {
      return Optional.ofNullable(component.getAccessor().invoke(settings));
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("tried to compare settings but could not", e);
    }
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ConfigurationException(
          "tried to read the configuration %s but could not (%s)"
              .formatted(file, e.getClass().getSimpleName()),
          e);
    }
  }

  private static void count(ReloadOutcome outcome, Meters meters) {
    meters.reloaded("configuration", outcome instanceof ReloadOutcome.Kept ? "failed" : "loaded");
  }
}
