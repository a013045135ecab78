package dev.entrepot.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.node.NodeReport.Entry;
import dev.entrepot.node.NodeReport.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerdNodeTest {

  private static final MirrorCa CA = new MirrorCa(MirrorCertificate.create().pem());
  private static final Mirror MIRROR =
      Mirror.parse("https://127.0.0.1:5443", Optional.of(CA), false);

  @TempDir Path root;
  private Path directory;
  private Path hosts;
  private Path ca;
  private Path hostsBackup;
  private final NodeKind node = NodeKind.named("containerd");

  @BeforeEach
  void nameTheFiles() {
    directory = root.resolve("etc/containerd/certs.d/_default");
    hosts = directory.resolve("hosts.toml");
    ca = directory.resolve("entrepot-ca.pem");
    hostsBackup = directory.resolve("hosts.toml.before-entrepot");
  }

  @Test
  void caIsWrittenBeforeTheFileThatNamesIt() throws IOException {
    // When
    var report = node.install(MIRROR, root);

    // Then
    assertThat(changes(report))
        .containsExactly(
            new Entry(Outcome.WRITTEN, ca.toString()),
            new Entry(Outcome.WRITTEN, hosts.toString()));
    assertThat(hosts).hasContent(node.render(MIRROR));
    assertThat(ca).content().endsWith(CA.pem());
    assertThat(Files.getPosixFilePermissions(hosts))
        .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(names(directory)).containsExactly("entrepot-ca.pem", "hosts.toml");
  }

  @Test
  void failingToWriteTheCaLeavesNoFileThatNamesIt() throws IOException {
    // Given
    Files.createDirectories(ca);

    // When, Then
    assertThatThrownBy(() -> node.install(MIRROR, root))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessage("tried to write %s but it is a directory", ca);
    assertThat(hosts).doesNotExist();
  }

  @Test
  void caIsRemovedAfterTheFileThatNamedIt() {
    // Given
    node.install(MIRROR, root);

    // When
    var report = node.uninstall(root);

    // Then
    assertThat(report.entries())
        .containsExactly(
            new Entry(Outcome.REMOVED, hosts.toString()),
            new Entry(Outcome.REMOVED, ca.toString()));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void caThatIsNoLongerNamedIsRemovedLast() {
    // Given
    node.install(MIRROR, root);

    // When
    var report = node.install(Mirror.parse("https://other", Optional.empty(), true), root);

    // Then
    assertThat(changes(report))
        .containsExactly(
            new Entry(Outcome.WRITTEN, hosts.toString()),
            new Entry(Outcome.REMOVED, ca.toString()));
    assertThat(report.lines()).anyMatch(line -> line.startsWith("note: no CA was given"));
  }

  @Test
  void caThatAnotherFileStillNamesIsLeft() throws IOException {
    // Given
    node.install(MIRROR, root);
    Files.writeString(hosts, "server = 'https://theirs'\nca = '" + ca + "'\n");

    // When
    var report = node.uninstall(root);

    // Then
    assertThat(report.isChanged()).isFalse();
    assertThat(report.lines()).singleElement().asString().startsWith("warning: ");
    assertThat(ca).exists();
  }

  @Test
  void installingTwiceTouchesNothing() throws IOException {
    // Given
    node.install(MIRROR, root);
    var past = FileTime.fromMillis(1_000_000);
    for (var file : List.of(hosts, ca, directory)) {
      Files.setLastModifiedTime(file, past);
    }

    // When
    var report = node.install(MIRROR, root);

    // Then
    assertThat(report.isChanged()).isFalse();
    assertThat(report.lines()).contains("unchanged: " + hosts, "unchanged: " + ca);
    for (var file : List.of(hosts, ca, directory)) {
      assertThat(Files.getLastModifiedTime(file)).isEqualTo(past);
    }
  }

  @Test
  void uninstallingTwiceOrFromAnUntouchedNodeChangesNothing() {
    // Given
    node.install(MIRROR, root);
    node.uninstall(root);

    // When
    var second = node.uninstall(root);
    var untouched = node.uninstall(directory);

    // Then
    assertThat(second.isChanged()).isFalse();
    assertThat(second.lines()).singleElement().asString().startsWith("unchanged: nothing of ours");
    assertThat(untouched.isChanged()).isFalse();
  }

  @Test
  void foreignFilesAreKeptOnceAndComeBack() throws IOException {
    // Given
    Files.createDirectories(directory);
    Files.writeString(hosts, "# theirs");
    Files.setPosixFilePermissions(hosts, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(ca, "their CA");

    // When
    var report = node.install(MIRROR, root);
    node.install(Mirror.parse("https://other", Optional.of(CA), true), root);

    // Then
    assertThat(changes(report))
        .extracting(Entry::outcome)
        .containsExactly(Outcome.BACKED_UP, Outcome.WRITTEN, Outcome.BACKED_UP, Outcome.WRITTEN);
    assertThat(hostsBackup).hasContent("# theirs");

    // When
    var undone = node.uninstall(root);

    // Then
    assertThat(undone.entries())
        .containsExactly(
            new Entry(Outcome.RESTORED, hosts.toString()),
            new Entry(Outcome.RESTORED, ca.toString()));
    assertThat(hosts).hasContent("# theirs");
    assertThat(Files.getPosixFilePermissions(hosts))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(ca).hasContent("their CA");
    assertThat(names(directory)).containsExactly("entrepot-ca.pem", "hosts.toml");
  }

  @Test
  void uninstallingLeavesForeignFilesAlone() throws IOException {
    // Given
    Files.createDirectories(directory);
    Files.writeString(hosts, "# theirs");

    // When
    var report = node.uninstall(root);

    // Then
    assertThat(report.isChanged()).isFalse();
    assertThat(hosts).hasContent("# theirs");
  }

  @Test
  void secondForeignFileNeverReplacesTheKeptOriginal() throws IOException {
    // Given
    Files.createDirectories(directory);
    Files.writeString(hosts, "# theirs");
    node.install(MIRROR, root);
    Files.writeString(hosts, "# theirs again");

    // When, Then
    assertThatThrownBy(() -> node.install(MIRROR, root))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageContaining("an older original is kept in hosts.toml.before-entrepot");
    assertThat(hostsBackup).hasContent("# theirs");
    assertThat(hosts).hasContent("# theirs again");
  }

  @Test
  void installInterruptedAfterKeepingTheOriginalIsFinished() throws IOException {
    // Given
    Files.createDirectories(directory);
    Files.writeString(hosts, "# theirs");
    Files.createLink(hostsBackup, hosts);
    Files.writeString(directory.resolve(".hosts.toml.entrepot-unfinished"), "[ho");

    // When
    node.install(MIRROR, root);

    // Then
    assertThat(hosts).hasContent(node.render(MIRROR));
    assertThat(hostsBackup).hasContent("# theirs");
    assertThat(directory.resolve(".hosts.toml.entrepot-unfinished")).doesNotExist();
  }

  @Test
  void linkInThePlaceOfAFileIsReplacedAndNotWrittenThrough(@TempDir Path outside)
      throws IOException {
    // Given
    var target = Files.writeString(outside.resolve("precious"), "precious");
    Files.createDirectories(directory);
    Files.createSymbolicLink(hosts, target);

    // When
    node.install(MIRROR, root);

    // Then
    assertThat(target).hasContent("precious");
    assertThat(hosts).isRegularFile().hasContent(node.render(MIRROR));

    // When
    node.uninstall(root);

    // Then
    assertThat(Files.readSymbolicLink(hosts)).isEqualTo(target);
  }

  @Test
  void directoryLinkThatLeavesTheRootIsNotFollowed(@TempDir Path outside) throws IOException {
    // Given
    Files.createDirectories(root.resolve("etc"));
    Files.createSymbolicLink(root.resolve("etc/containerd"), outside);

    // When, Then
    assertThatThrownBy(() -> node.install(MIRROR, root))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageContaining("a link on the way leads to what is not there");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void directoryLinkIsFollowedAsTheNodeItselfWould() throws IOException {
    // Given
    Files.createDirectories(root.resolve("opt/containerd"));
    Files.createDirectories(root.resolve("etc"));
    Files.createSymbolicLink(
        root.resolve("etc/containerd"), Path.of("../../../../opt/./unused/../containerd"));
    Files.createSymbolicLink(root.resolve("opt/unused"), Path.of("/opt/containerd"));

    // When
    node.install(MIRROR, root);

    // Then
    assertThat(root.resolve("opt/containerd/certs.d/_default/hosts.toml")).exists();
    Files.delete(root.resolve("opt/unused"));
  }

  @Test
  void circleOfLinksIsReported() throws IOException {
    // Given
    Files.createSymbolicLink(root.resolve("etc"), Path.of("etc"));

    // When, Then
    assertThatThrownBy(() -> node.install(MIRROR, root))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageContaining("its links lead in a circle");
  }

  @Test
  void registriesWithADirectoryOfTheirOwnAreWarnedAbout() throws IOException {
    // Given
    Files.createDirectories(directory.resolveSibling("quay.io"));
    Files.createDirectories(directory.resolveSibling("docker.io"));

    // When
    var report = node.install(MIRROR, root);

    // Then
    assertThat(report.lines())
        .anyMatch(line -> line.startsWith("warning: images of docker.io, quay.io do not use"));
  }

  @Test
  void configurationThatDoesNotReadTheFilesIsWarnedAbout() throws IOException {
    // Given
    Files.createDirectories(directory);
    Files.writeString(root.resolve("etc/containerd/config.toml"), "version = 2\n");

    // When
    var report = node.install(MIRROR, root);

    // Then
    assertThat(report.lines())
        .filteredOn(line -> line.startsWith("warning: "))
        .singleElement()
        .asString()
        .startsWith("warning: /etc/containerd/config.toml sets no config_path");
  }

  @Test
  void rootThatIsNoDirectoryIsReported() throws IOException {
    // Given
    var file = Files.createFile(root.resolve("file"));

    // When, Then
    assertThatThrownBy(() -> node.install(MIRROR, file))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessage("tried to use %s as the node's root but it is not a directory", file);
    assertThatThrownBy(() -> node.uninstall(root.resolve("missing")))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageEndingWith("but it is not a directory");
  }

  @Test
  void fileInTheWayOfADirectoryIsReported() throws IOException {
    // Given
    Files.createFile(root.resolve("etc"));

    // When, Then
    assertThatThrownBy(() -> node.install(MIRROR, root))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageStartingWith("tried to install the mirror under " + root + " but ")
        .hasMessageContaining("Not a directory");
  }

  private static List<Entry> changes(NodeReport report) {
    return report.entries().stream()
        .filter(entry -> new NodeReport(List.of(entry)).isChanged())
        .toList();
  }

  private static List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
