package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The variables that a program is started with: of our own only those that say where it is and who
 * it may act as, and the configured ones, which win.
 */
record ProgramEnvironment(List<EnvironmentVariable> configured) {

  private static final Set<String> PASSED =
      Set.of(
          "PATH",
          "HOME",
          "USER",
          "LANG",
          "TZ",
          "TMPDIR",
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "NO_PROXY",
          "ALL_PROXY",
          "SSL_CERT_FILE",
          "SSL_CERT_DIR",
          "GNUPGHOME",
          "PASSWORD_STORE_DIR",
          "KUBERNETES_SERVICE_HOST",
          "KUBERNETES_SERVICE_PORT");

  private static final List<String> PASSED_FAMILIES =
      List.of(
          "LC_",
          "XDG_",
          "DOCKER_",
          "AWS_",
          "ECR_",
          "GOOGLE_",
          "GCE_",
          "CLOUDSDK_",
          "AZURE_",
          "IDENTITY_",
          "MSI_");

  ProgramEnvironment {
    configured = List.copyOf(configured);
  }

  /** Turns the environment that a program would inherit into the one it gets. */
  void applyTo(Map<String, String> inherited) {
    inherited.keySet().removeIf(name -> !isPassed(name));
    configured.forEach(variable -> inherited.put(variable.name(), variable.value()));
  }

  /** Where a program of this name is, by the {@code PATH} that it would itself be given. */
  Optional<Path> find(String name) {
    Map<String, String> variables = new ProcessBuilder().environment();
    applyTo(variables);
    return Stream.of(variables.getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, name))
        .filter(ProgramEnvironment::isProgram)
        .findFirst();
  }

  static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  private static boolean isPassed(String name) {
    // Proxies are named in either case.
    String upper = name.toUpperCase(Locale.ROOT);
    return PASSED.contains(upper) || PASSED_FAMILIES.stream().anyMatch(upper::startsWith);
  }
}
