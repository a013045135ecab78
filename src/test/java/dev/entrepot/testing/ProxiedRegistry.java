package dev.entrepot.testing;

import dev.entrepot.oci.Digest;
import dev.entrepot.upstream.UpstreamProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.util.FileSystemUtils;

/**
 * For each test a fake registry that clients know as {@value #HOST}, with Entrepot in front of it
 * and a clock that stands still.
 */
public final class ProxiedRegistry implements BeforeEachCallback, AfterEachCallback {

  /** The registry's name in {@code ns}. */
  public static final String HOST = "registry.test";

  private final UnaryOperator<TestingProxy.Recipe> changes;
  private @Nullable Running running;

  private ProxiedRegistry(UnaryOperator<TestingProxy.Recipe> changes) {
    this.changes = changes;
  }

  private record Running(
      Path directory, FakeRegistry registry, MutableClock clock, TestingProxy proxy) {

    Running with(TestingProxy other) {
      return new Running(directory, registry, clock, other);
    }
  }

  /** An open registry and a proxy with default settings. */
  public static ProxiedRegistry create() {
    return new ProxiedRegistry(recipe -> recipe);
  }

  /** The same with a few settings changed. */
  public static ProxiedRegistry with(UnaryOperator<TestingProxy.Recipe> changes) {
    return new ProxiedRegistry(changes);
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    var directory = Files.createTempDirectory("entrepot-test");
    var registry = FakeRegistry.start();
    var clock = MutableClock.create();
    running = new Running(directory, registry, clock, start(directory, registry, clock, changes));
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    // First, so that no pull waits for an answer that hangs on purpose.
    registry().close();
    proxy().close();
    FileSystemUtils.deleteRecursively(running().directory());
  }

  /** Ends the proxy and starts another on the same cache. */
  public void restart(UnaryOperator<TestingProxy.Recipe> other) {
    proxy().close();
    running =
        running()
            .with(
                start(
                    running().directory(),
                    registry(),
                    clock(),
                    recipe -> other.apply(changes.apply(recipe))));
  }

  private static TestingProxy start(
      Path directory,
      FakeRegistry registry,
      MutableClock clock,
      UnaryOperator<TestingProxy.Recipe> changes) {
    return changes.apply(TestingProxy.in(directory).clock(clock).upstreams(rule(registry))).start();
  }

  private static UpstreamProperties rule(FakeRegistry registry) {
    return TestRule.of(HOST, registry.uri()).build();
  }

  /** What a test changes of the rule for this registry. */
  public TestRule rule() {
    return TestRule.of(HOST, registry().uri());
  }

  /** The registry behind the proxy. */
  public FakeRegistry registry() {
    return running().registry();
  }

  public TestingProxy proxy() {
    return running().proxy();
  }

  public MutableClock clock() {
    return running().clock();
  }

  /** Where the proxy keeps its files. */
  public Path directory() {
    return running().directory();
  }

  /** The request target of something in a repository, as containerd spells it. */
  public static String target(String path) {
    return "/v2/" + path + "?ns=" + HOST;
  }

  /** One GET of something in a repository, over a fresh connection. */
  public ProbeAnswer get(String path, String... headerLines) {
    return HttpProbe.get(proxy().uri(), target(path), headerLines);
  }

  /** One HEAD of something in a repository, over a fresh connection. */
  public ProbeAnswer head(String path, String... headerLines) {
    return HttpProbe.head(proxy().uri(), target(path), headerLines);
  }

  /** Blocks the test until a blob that was pulled is on the disk, which no client waits for. */
  public void awaitStored(String digest) {
    var awaited = Digest.parse(digest);
    Await.until(digest + " to be stored", () -> proxy().cache().inFlight(awaited).isEmpty());
  }

  /** A connection to the proxy. */
  public HttpProbe connect() {
    return HttpProbe.connect(proxy().uri());
  }

  private Running running() {
    var now = running;
    if (now == null) {
      throw new IllegalStateException("register this as an extension: it lives within a test");
    }
    return now;
  }
}
