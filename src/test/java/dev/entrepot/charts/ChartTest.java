package dev.entrepot.charts;

import static dev.entrepot.charts.RenderedChart.at;
import static dev.entrepot.charts.RenderedChart.list;
import static dev.entrepot.charts.RenderedChart.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChartTest {

  @TempDir Path directory;

  @Test
  void chartPassesHelmsStrictLint() {
    // When
    var result = new Helm(RenderedChart.CHART).lint().strict().call();

    // Then
    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "deployment, 'ConfigMap,Deployment,PodDisruptionBudget,Service,ServiceAccount'",
    "daemonset, 'ConfigMap,DaemonSet,ServiceAccount'",
  })
  void modeDecidesWhatIsMade(String mode, String kinds) throws IOException {
    // When
    var chart = render("mode: " + mode);

    // Then
    assertThat(String.join(",", chart.kinds())).isEqualTo(kinds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"deployment", "daemonset"})
  void podIsRestricted(String mode) throws IOException {
    // When
    var chart = render("mode: " + mode);

    // Then
    assertThat(chart.pod())
        .containsEntry("automountServiceAccountToken", false)
        .containsEntry("enableServiceLinks", false);
    assertThat(map(at(chart.pod(), "securityContext")))
        .containsEntry("runAsNonRoot", true)
        .containsEntry("runAsUser", 65532)
        .containsEntry("fsGroup", 65532)
        .containsEntry("seccompProfile", Map.of("type", "RuntimeDefault"));
    assertThat(map(at(chart.container(), "securityContext")))
        .isEqualTo(
            Map.of(
                "allowPrivilegeEscalation",
                false,
                "readOnlyRootFilesystem",
                true,
                "capabilities",
                Map.of("drop", List.of("ALL"))));
    assertThat(mounts(chart)).containsKey("/tmp");
  }

  @Test
  void deploymentListensOnThePodsAddress() throws IOException {
    // When
    var chart = render("{}");

    // Then
    assertThat(chart.configuration()).containsEntry("listen", "0.0.0.0:5443");
    assertThat(at(chart.configuration(), "admin", "listen")).isEqualTo("0.0.0.0:5444");
    assertThat(at(chart.configuration(), "tls", "names"))
        .isEqualTo(
            List.of(
                "entrepot",
                "entrepot.mirror",
                "entrepot.mirror.svc",
                "entrepot.mirror.svc.cluster.local"));
    assertThat(chart.pod()).doesNotContainKeys("hostNetwork", "dnsPolicy");
    assertThat(list(at(chart.container(), "ports")))
        .containsExactly(
            Map.of("name", "registry", "containerPort", 5443),
            Map.of("name", "admin", "containerPort", 5444));
    assertThat(list(at(chart.object("Service"), "spec", "ports")))
        .containsExactly(Map.of("name", "registry", "port", 5443, "targetPort", "registry"));
  }

  @Test
  void daemonSetListensOnTheNodesLoopback() throws IOException {
    // When
    var chart = render("mode: daemonset");

    // Then
    assertThat(chart.configuration()).containsEntry("listen", "127.0.0.1:5443");
    assertThat(at(chart.configuration(), "admin", "listen")).isEqualTo("127.0.0.1:5444");
    assertThat(chart.pod())
        .containsEntry("hostNetwork", true)
        .containsEntry("dnsPolicy", "Default");
    assertThat(at(chart.container(), "readinessProbe", "httpGet", "host")).isEqualTo("127.0.0.1");
  }

  @Test
  void daemonSetWithoutHostNetworkTakesAHostPortOnLoopback() throws IOException {
    // When
    var chart = render("{mode: daemonset, daemonset: {hostNetwork: false}}");

    // Then
    assertThat(chart.configuration()).containsEntry("listen", "0.0.0.0:5443");
    assertThat(chart.pod()).doesNotContainKey("hostNetwork");
    assertThat(list(at(chart.container(), "ports")).getFirst())
        .containsEntry("hostPort", 5443)
        .containsEntry("hostIP", "127.0.0.1");
  }

  @Test
  void probesAskTheAdminListener() throws IOException {
    // When
    var chart = render("{}");

    // Then
    assertThat(at(chart.container(), "startupProbe", "httpGet"))
        .isEqualTo(Map.of("path", "/livez", "port", "admin"));
    assertThat(at(chart.container(), "livenessProbe", "httpGet"))
        .isEqualTo(Map.of("path", "/livez", "port", "admin"));
    assertThat(at(chart.container(), "readinessProbe", "httpGet"))
        .isEqualTo(Map.of("path", "/readyz", "port", "admin"));
  }

  @Test
  void podMayTakeLongerToEndThanRunningPulls() throws IOException {
    // When
    var chart = render("{}");

    // Then
    assertThat((Integer) at(chart.pod(), "terminationGracePeriodSeconds")).isGreaterThan(305);
  }

  @Test
  void configurationReachesTheProgramWordForWord() throws IOException {
    // When
    var chart =
        render(
            """
            config:
              listen: 0.0.0.0:6443
              builtin-upstreams: false
              access: {anonymous: true}
              cache: {max-size: 100GB}
              tls: {names: [mirror.example]}
              upstreams:
                - match: "**.pkg.dev"
                  credentials: {type: google}
                  allow: ["acme-prod/**"]
            """);

    // Then
    assertThat(chart.configuration())
        .containsEntry("listen", "0.0.0.0:6443")
        .containsEntry("builtin-upstreams", false)
        .containsEntry("access", Map.of("anonymous", true))
        .containsEntry("cache", Map.of("max-size", "100GB", "directory", "/var/lib/entrepot/cache"))
        .containsEntry(
            "upstreams",
            List.of(
                Map.of(
                    "match",
                    "**.pkg.dev",
                    "credentials",
                    Map.of("type", "google"),
                    "allow",
                    List.of("acme-prod/**"))));
    assertThat(at(chart.configuration(), "tls", "names"))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .contains("entrepot.mirror.svc", "mirror.example");
    assertThat(list(at(chart.container(), "ports")).getFirst())
        .containsEntry("containerPort", 6443);
    assertThat(at(chart.container(), "args"))
        .isEqualTo(List.of("serve", "--config", "/etc/entrepot/entrepot.yaml"));
    assertThat(mounts(chart)).containsEntry("/etc/entrepot", "config");
  }

  @Test
  void onlyWhatNeedsAStartReplacesThePods() throws IOException {
    // Given
    var before = checksum(render("{}"));

    // When
    var drain = checksum(render("config: {drain: 1m}"));
    var live =
        checksum(
            render(
                """
                config:
                  upstreams: [{match: ghcr.io}]
                  access: {anonymous: true}
                  default-upstream: docker.io
                  builtin-upstreams: false
                """));

    // Then
    assertThat(drain).isNotEqualTo(before);
    assertThat(live).isEqualTo(before);
  }

  @Test
  void aNodesPluginsCanBeMounted() throws IOException {
    // When
    var chart =
        render(
            """
            volumes: [{name: plugins, hostPath: {path: /opt/bin}}]
            volumeMounts: [{name: plugins, mountPath: /opt/bin, readOnly: true}]
            """);

    // Then
    assertThat(mounts(chart)).containsEntry("/opt/bin", "plugins");
    assertThat(list(at(chart.pod(), "volumes")))
        .filteredOn(volume -> "plugins".equals(volume.get("name")))
        .hasSize(1);
  }

  @Test
  void secretsAreMountedReadOnly() throws IOException {
    // When
    var chart = render("{credentials: [hub, acme.ecr], tls: {secretName: mirror-tls}}");

    // Then
    assertThat(mounts(chart))
        .containsEntry("/run/secrets/hub", "credentials-0")
        .containsEntry("/run/secrets/acme.ecr", "credentials-1")
        .containsEntry("/run/entrepot-tls", "tls")
        .doesNotContainValue("certs");
    assertThat(list(at(chart.container(), "volumeMounts")))
        .filteredOn(mount -> String.valueOf(mount.get("mountPath")).startsWith("/run/"))
        .hasSize(3)
        .allSatisfy(mount -> assertThat(mount).containsEntry("readOnly", true));
    assertThat(list(at(chart.pod(), "volumes")))
        .contains(
            Map.of(
                "name", "tls", "secret", Map.of("secretName", "mirror-tls", "defaultMode", 288)));
    assertThat(at(chart.configuration(), "tls"))
        .isEqualTo(
            Map.of(
                "certificate", "/run/entrepot-tls/tls.crt",
                "private-key", "/run/entrepot-tls/tls.key"));
  }

  @Test
  void cacheMayLiveOnAClaim() throws IOException {
    // When
    var chart = render("{cache: {type: pvc, size: 50Gi, storageClass: fast}}");

    // Then
    var claim = chart.object("PersistentVolumeClaim");
    assertThat(at(claim, "spec", "resources", "requests", "storage")).isEqualTo("50Gi");
    assertThat(at(claim, "spec", "storageClassName")).isEqualTo("fast");
    assertThat(list(at(chart.pod(), "volumes")))
        .contains(
            Map.of(
                "name", "cache", "persistentVolumeClaim", Map.of("claimName", "entrepot-cache")));
    assertThat(at(chart.workload(), "spec", "strategy", "type")).isEqualTo("Recreate");
  }

  @Test
  void certificatesOnAClaimAreTakenOverByOnePodAtATime() throws IOException {
    // When
    var own = render("certs: {type: pvc}");
    var given = render("{certs: {type: pvc}, tls: {secretName: mirror-tls}}");

    // Then
    assertThat(at(own.workload(), "spec", "strategy", "type")).isEqualTo("Recreate");
    assertThat(at(given.workload(), "spec", "strategy", "type")).isEqualTo("RollingUpdate");
    assertThat(given.kinds()).doesNotContain("PersistentVolumeClaim");
  }

  @Test
  void existingClaimsAndNodeDirectoriesAreUsedAsTheyAre() throws IOException {
    // When
    var claim = render("{cache: {type: pvc, existingClaim: mine}, certs: {type: pvc}}");
    var node = render("{mode: daemonset, cache: {type: hostPath}, certs: {type: hostPath}}");

    // Then
    assertThat(claim.objects())
        .filteredOn(object -> "PersistentVolumeClaim".equals(object.get("kind")))
        .singleElement()
        .satisfies(made -> assertThat(at(made, "metadata", "name")).isEqualTo("entrepot-certs"));
    assertThat(list(at(node.pod(), "volumes")))
        .contains(
            Map.of(
                "name",
                "cache",
                "hostPath",
                Map.of("path", "/var/lib/entrepot/cache", "type", "Directory")));
  }

  @Test
  void networkPolicyKeepsTheAdminListenerClosed() throws IOException {
    // When
    var chart = render("networkPolicy: {enabled: true}");

    // Then
    assertThat(list(at(chart.object("NetworkPolicy"), "spec", "ingress")))
        .containsExactly(Map.of("ports", List.of(Map.of("port", "registry"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mode: sidecar",
        "unknown: true",
        "replicas: many",
        "cache: {type: nfs}",
        "cache: {sise: 1Gi}",
        "credentials: ['../etc']",
        "config: {entrepot: {listen: '0.0.0.0:5443'}}",
        "config: {listen: 5443}",
        "image: {digest: latest}",
      })
  void valuesThatMeanNothingAreRefused(String values) {
    // When, Then
    assertThatThrownBy(() -> render(values))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("values don't meet the specifications of the schema");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "replicas: 2 | would each issue a CA",
        "{replicas: 2, tls: {secretName: t}, cache: {type: pvc}} | cannot share a cache directory",
        "{mode: daemonset, cache: {type: pvc}} | would share one claim",
        "config: {upstreams: [{match: docker.io, credentials: {password: hunter2}}]} | a ConfigMap is no place for one",
      })
  void valuesThatCouldNotWorkAreRefused(String values, String reason) {
    // When, Then
    assertThatThrownBy(() -> render(values))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(reason)
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void severalReplicasNeedOnlyACertificateInCommon() throws IOException {
    // When
    var chart = render("{replicas: 3, tls: {secretName: mirror-tls}}");

    // Then
    assertThat(at(chart.workload(), "spec", "replicas")).isEqualTo(3);
    assertThat(at(chart.workload(), "spec", "strategy", "type")).isEqualTo("RollingUpdate");
  }

  private RenderedChart render(String values) throws IOException {
    return RenderedChart.of(directory, values);
  }

  private static Object checksum(RenderedChart chart) {
    return at(chart.workload(), "spec", "template", "metadata", "annotations", "checksum/config");
  }

  private static Map<String, String> mounts(RenderedChart chart) {
    return list(at(chart.container(), "volumeMounts")).stream()
        .collect(
            Collectors.toMap(
                mount -> String.valueOf(mount.get("mountPath")),
                mount -> String.valueOf(mount.get("name"))));
  }
}
