package dev.entrepot.testing;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The real containerd with its CRI plugin, whose every file lies in a test's directory. */
public final class Containerd implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** Where Debian's containerd and every Kubernetes distribution look for its configuration. */
  private static final Path CONFIGURATION = Path.of("/etc/containerd");

  private final Path directory;
  private final Path hostsDirectory;
  private final NativeProcess process;
  private final CriClient cri;

  private Containerd(Path directory, Path hostsDirectory, NativeProcess process) {
    this.directory = directory;
    this.hostsDirectory = hostsDirectory;
    this.process = process;
    this.cri = CriClient.connect(directory.resolve("c.sock"));
  }

  /** Starts containerd; {@code pauseImage} is what it runs in every pod sandbox. */
  public static Containerd start(Path directory, String pauseImage) {
    var file = directory.resolve("config.toml");
    var hosts = directory.resolve("certs.d");
    write(file, configuration(directory, pauseImage, hosts));
    return start(directory, hosts, List.of(program(), "--config", file.toString()));
  }

  /**
   * The same on a node whose root is another directory: its {@code /etc/containerd} is what this
   * containerd, and nobody else, sees under that name.
   */
  public static Containerd startOnNode(Path directory, String pauseImage, Path node) {
    var etc = node.resolve(CONFIGURATION.subpath(0, 2).toString());
    var file = CONFIGURATION.resolve("config.toml").toString();
    var hosts = CONFIGURATION.resolve("certs.d");
    try {
      Files.createDirectories(etc);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to create " + etc + " but could not", broken);
    }
    write(etc.resolve("config.toml"), configuration(directory, pauseImage, hosts));
    var script = "mount --bind \"$0\" /etc/containerd && exec \"$@\"";
    return start(
        directory,
        etc.resolve("certs.d"),
        List.of(
            NativeProgram.require("unshare").toString(),
            "--mount",
            "sh",
            "-c",
            script,
            etc.toString(),
            program(),
            "--config",
            file));
  }

  private static String program() {
    NativeProgram.requireRoot();
    NativeProgram.require("runc");
    return NativeProgram.require("containerd").toString();
  }

  private static Containerd start(Path directory, Path hostsDirectory, List<String> command) {
    var process = NativeProcess.start(directory.resolve("containerd.log"), Map.of(), command);
    var containerd = new Containerd(directory, hostsDirectory, process);
    try {
      process.awaitOutput("containerd successfully booted");
      return containerd;
    } catch (AssertionError broken) {
      containerd.close();
      throw broken;
    }
  }

  private static String configuration(Path directory, String pauseImage, Path hostsDirectory) {
    return """
    version = 2
    root = "%1$s/root"
    state = "%1$s/state"
    disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", \
    "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", \
    "io.containerd.snapshotter.v1.devmapper"]
    [grpc]
      address = "%1$s/c.sock"
    [plugins."io.containerd.grpc.v1.cri"]
      sandbox_image = "%2$s"
      disable_tcp_service = true
      stream_server_port = "0"
      restrict_oom_score_adj = true
      [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "%3$s"
      [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "%1$s/cni/bin"
        conf_dir = "%1$s/cni/conf"
      [plugins."io.containerd.grpc.v1.cri".registry]
        config_path = "%4$s"
    """
        .formatted(directory, pauseImage, "overlayfs", hostsDirectory);
  }

  /** Its CRI services. */
  public CriClient cri() {
    return cri;
  }

  /** The directory to which a node's registry configuration belongs. */
  public Path hostsDirectory() {
    return hostsDirectory;
  }

  /**
   * Configures a registry namespace such as {@code docker.io}, {@code _default} or {@code
   * 127.0.0.1:5000}.
   */
  public Containerd hosts(String namespace, String hostsToml) {
    var target = hostsDirectory().resolve(namespace);
    try {
      Files.createDirectories(target);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to create " + target + " but could not", broken);
    }
    write(target.resolve("hosts.toml"), hostsToml);
    return this;
  }

  /** Runs {@code ctr} in the kubelet's namespace. */
  public NativeProcess.Finished ctr(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                NativeProgram.require("ctr").toString(),
                "--address",
                directory.resolve("c.sock").toString(),
                "--namespace",
                "k8s.io"));
    command.addAll(List.of(arguments));
    return NativeProcess.run(directory.resolve("ctr.log"), LIMIT, Map.of(), command);
  }

  /** Pulls with {@code ctr}, using the same registry configuration as CRI. */
  public NativeProcess.Finished ctrPull(String image) {
    return ctr("images", "pull", "--hosts-dir", hostsDirectory().toString(), image);
  }

  /** The digests of all content it holds. */
  public List<String> content() {
    return ctr("content", "ls", "--quiet").succeeded().output().lines().toList();
  }

  /** All that containerd logged. */
  public String log() {
    return process.output();
  }

  /**
   * Removes its pods, ends containerd and every shim it started, and unmounts what they mounted.
   */
  @Override
  public void close() {
    if (process.isAlive()) {
      removePods();
    }
    cri.close();
    process.close();
    var shims = ownShims();
    var victims = new ArrayList<>(shims.stream().flatMap(ProcessHandle::descendants).toList());
    victims.addAll(shims);
    victims.forEach(ProcessHandle::destroyForcibly);
    victims.forEach(
        victim -> Await.until("the end of process " + victim.pid(), () -> !victim.isAlive()));
    mounts().forEach(this::unmount);
  }

  private void removePods() {
    try {
      for (var pod : cri.podSandboxes()) {
        cri.stopPodSandbox(pod);
        cri.removePodSandbox(pod);
      }
    } catch (StatusRuntimeException _) {
      // A containerd that no longer answers gets the rough treatment below.
    }
  }

  /** Shims outlive containerd by design; ours have our socket on their command line. */
  private List<ProcessHandle> ownShims() {
    var socket = directory.resolve("c.sock").toString();
    return ProcessHandle.allProcesses()
        .filter(
            candidate ->
                candidate.info().commandLine().orElse("").contains("containerd-shim")
                    && candidate.info().commandLine().orElse("").contains(socket))
        .toList();
  }

  private List<String> mounts() {
    try {
      return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
          .map(line -> line.split(" ", 6)[4])
          .filter(point -> point.startsWith(directory + "/"))
          .sorted(Comparator.comparingInt(String::length).reversed())
          .toList();
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to list mounts but could not", broken);
    }
  }

  private void unmount(String point) {
    NativeProcess.run(
            directory.resolve("umount.log"), LIMIT, Map.of(), List.of("umount", "-l", point))
        .succeeded();
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write " + file + " but could not", broken);
    }
  }
}
