package dev.entrepot.node;

import dev.entrepot.node.NodeReport.Entry;
import dev.entrepot.node.NodeReport.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A node that runs plain containerd: one {@code _default/hosts.toml} serves every registry. */
final class ContainerdNode implements NodeKind {

  private static final String HOSTS = "hosts.toml";
  // Not .crt: without a readable hosts.toml beside it containerd would trust such a file for every
  // registry.
  private static final String CA = "entrepot-ca.pem";

  private final Path config;
  private final Path certs;

  ContainerdNode() {
    this(Path.of("/etc/containerd"));
  }

  /** A containerd configured in another directory. */
  ContainerdNode(Path directory) {
    this.config = directory.resolve("config.toml");
    this.certs = directory.resolve("certs.d");
  }

  @Override
  public String name() {
    return "containerd";
  }

  @Override
  public String render(Mirror mirror) {
    return HostsToml.render(mirror, certs.toString(), defaults().resolve(CA).toString());
  }

  @Override
  public NodeReport install(Mirror mirror, Path root) {
    try {
      var node = NodeRoot.of(root);
      var directory = node.directory(defaults());
      var hosts = new MarkedFile(directory, HOSTS);
      var ca = new MarkedFile(directory, CA);
      var done = new ArrayList<Entry>();
      // A hosts.toml that names a missing CA fails every pull, so the CA comes first and goes last.
      if (HostsToml.namesCa(mirror)) {
        done.addAll(ca.put(MarkedFile.MARKER + mirror.ca().orElseThrow().pem()));
        done.addAll(hosts.put(render(mirror)));
      } else {
        done.addAll(hosts.put(render(mirror)));
        done.addAll(ca.take());
      }
      done.addAll(aboutTrust(mirror));
      done.addAll(aboutSurroundings(node));
      return new NodeReport(done);
    } catch (IOException e) {
      throw NodeConfigurationException.of("tried to install the mirror under " + root, e);
    }
  }

  @Override
  public NodeReport uninstall(Path root) {
    try {
      var node = NodeRoot.of(root);
      var found = node.find(defaults());
      if (found.isEmpty()) {
        return nothing(root);
      }
      var directory = found.get();
      var hosts = new MarkedFile(directory, HOSTS);
      var done = new ArrayList<>(hosts.take());
      if (hosts.isForeign() && text(node, defaults().resolve(HOSTS)).orElse("").contains(CA)) {
        done.add(
            new Entry(
                Outcome.WARNING,
                "%s is not ours and names %s, so both were left"
                    .formatted(directory.resolve(HOSTS), CA)));
        return new NodeReport(done);
      }
      done.addAll(new MarkedFile(directory, CA).take());
      return done.isEmpty() ? nothing(root) : new NodeReport(done);
    } catch (IOException e) {
      throw NodeConfigurationException.of("tried to uninstall the mirror under " + root, e);
    }
  }

  private Path defaults() {
    return certs.resolve("_default");
  }

  private NodeReport nothing(Path root) {
    return new NodeReport(
        List.of(
            new Entry(
                Outcome.UNCHANGED,
                "nothing of ours is in %s under %s".formatted(defaults(), root))));
  }

  private static List<Entry> aboutTrust(Mirror mirror) {
    if (mirror.isTls() && mirror.ca().isEmpty()) {
      return List.of(
          new Entry(
              Outcome.NOTE,
              "no CA was given, so the certificate of %s must be one that the node's system trusts"
                  .formatted(mirror.url())));
    }
    if (!mirror.isTls() && mirror.ca().isPresent()) {
      return List.of(
          new Entry(
              Outcome.NOTE,
              "the CA is not used because %s is reached without TLS".formatted(mirror.url())));
    }
    return List.of();
  }

  private List<Entry> aboutSurroundings(NodeRoot node) throws IOException {
    var warnings =
        new ArrayList<>(
            ContainerdConfig.warnings(config.toString(), text(node, config), certs.toString()));
    var hidden = registriesWithTheirOwn(node);
    if (!hidden.isEmpty()) {
      warnings.add(
          "images of %s do not use the mirror, because %s holds an entry of that name beside _default"
              .formatted(String.join(", ", hidden), certs));
    }
    return warnings.stream().map(text -> new Entry(Outcome.WARNING, text)).toList();
  }

  // containerd takes the first path that exists, even an empty directory or a plain file.
  private List<String> registriesWithTheirOwn(NodeRoot node) throws IOException {
    try (var entries = Files.list(node.directory(certs))) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .filter(name -> !name.equals("_default"))
          .sorted()
          .toList();
    }
  }

  private static Optional<String> text(NodeRoot node, Path path) throws IOException {
    var found = node.find(path);
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(new String(Files.readAllBytes(found.get()), StandardCharsets.UTF_8));
  }
}
