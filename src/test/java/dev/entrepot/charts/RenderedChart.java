package dev.entrepot.charts;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The Kubernetes objects that the chart makes of some values. */
record RenderedChart(List<Map<String, Object>> objects) {

  static final Path CHART = Path.of("charts/entrepot");

  static RenderedChart of(Path directory, String values) throws IOException {
    var file = Files.writeString(directory.resolve("values.yaml"), values);
    var text =
        new Helm(CHART)
            .template()
            .withName("entrepot")
            .withNamespace("mirror")
            .withKubeVersion("1.33.0")
            .withValuesFile(file)
            .call();
    return new RenderedChart(
        StreamSupport.stream(yaml().loadAll(text).spliterator(), false)
            .filter(Objects::nonNull)
            .map(RenderedChart::map)
            .toList());
  }

  List<String> kinds() {
    return objects.stream().map(object -> String.valueOf(object.get("kind"))).sorted().toList();
  }

  Map<String, Object> object(String kind) {
    return objects.stream()
        .filter(object -> kind.equals(object.get("kind")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the chart made no " + kind + " but " + kinds()));
  }

  /** The pod's spec, whatever makes the pod. */
  Map<String, Object> pod() {
    return map(at(workload(), "spec", "template", "spec"));
  }

  Map<String, Object> workload() {
    return kinds().contains("DaemonSet") ? object("DaemonSet") : object("Deployment");
  }

  Map<String, Object> container() {
    return list(at(pod(), "containers")).getFirst();
  }

  /** What Entrepot reads as its configuration. */
  Map<String, Object> configuration() {
    var file = String.valueOf(at(object("ConfigMap"), "data", "entrepot.yaml"));
    return map(at(map(yaml().load(file)), "entrepot"));
  }

  static Object at(Map<String, Object> object, String... path) {
    Object here = object;
    for (var name : path) {
      here = Objects.requireNonNull(map(here).get(name), () -> name + " is missing in " + object);
    }
    return here;
  }

  @SuppressWarnings("unchecked") // YAML mappings of this chart have string keys
  static Map<String, Object> map(Object yaml) {
    return (Map<String, Object>) yaml;
  }

  @SuppressWarnings("unchecked") // asked only of lists of mappings
  static List<Map<String, Object>> list(Object yaml) {
    return (List<Map<String, Object>>) yaml;
  }

  private static Yaml yaml() {
    return new Yaml(new SafeConstructor(new LoaderOptions()));
  }
}
