package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What is to be known of a plugin before it is run.
 *
 * @param name its file's name
 * @param images which images it is for; empty: all
 * @param needsServiceAccount whether it only works with a pod's service account token
 */
record Provider(
    String name,
    String apiVersion,
    List<ImageGlob> images,
    Duration defaultCacheDuration,
    List<String> arguments,
    List<EnvironmentVariable> environment,
    boolean needsServiceAccount) {

  private static final Set<String> API_VERSIONS =
      Set.of(
          "credentialprovider.kubelet.k8s.io/v1",
          "credentialprovider.kubelet.k8s.io/v1beta1",
          "credentialprovider.kubelet.k8s.io/v1alpha1");

  Provider {
    images = List.copyOf(images);
    arguments = List.copyOf(arguments);
    environment = List.copyOf(environment);
  }

  static boolean isApiVersion(String text) {
    return API_VERSIONS.contains(text);
  }

  boolean isFor(String image) {
    return images.isEmpty() || images.stream().anyMatch(glob -> glob.matches(image));
  }
}
