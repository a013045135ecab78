package dev.entrepot.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.test.web.reactive.server.WebTestClient;

final class AdminRoutesTest {

  private final ApplicationAvailabilityBean availability = new ApplicationAvailabilityBean();
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private boolean isDegraded;
  private final WebTestClient client =
      WebTestClient.bindToRouterFunction(AdminRoutes.of(availability, () -> isDegraded, metrics))
          .build();

  @Test
  void processIsAliveWhateverItsReadiness() {
    // Given
    become(ReadinessState.REFUSING_TRAFFIC);

    // When, Then
    client.get().uri("/livez").exchange().expectStatus().isOk();
  }

  @Test
  void readinessFollowsTheServersState() {
    // When, Then
    client.get().uri("/readyz").exchange().expectStatus().isEqualTo(503);
    become(ReadinessState.ACCEPTING_TRAFFIC);
    client.get().uri("/readyz").exchange().expectStatus().isOk();
    become(ReadinessState.REFUSING_TRAFFIC);
    client.get().uri("/readyz").exchange().expectStatus().isEqualTo(503);
  }

  @Test
  void diskInTroubleIsToldButNoReasonToStayAway() {
    // Given
    become(ReadinessState.ACCEPTING_TRAFFIC);
    isDegraded = true;

    // When
    var answer = client.get().uri("/readyz").exchange();

    // Then
    answer
        .expectStatus()
        .isOk()
        .expectBody(String.class)
        .value(it -> assertThat(it).contains("degraded"));
  }

  @Test
  void metricsTellWhatWasServed() {
    // Given
    new Meters(metrics).served("blob", "hit", 200, 1234, Duration.ofMillis(5));
    new Meters(metrics).upstreamBytes("docker.io", 99);

    // When
    var answer = client.get().uri("/metrics").exchange().expectBody(String.class).returnResult();

    // Then
    assertThat(answer.getResponseHeaders().getFirst("Content-Type"))
        .isEqualTo("text/plain;version=0.0.4;charset=utf-8");
    assertThat(answer.getResponseBody())
        .contains("entrepot_requests_seconds_count{kind=\"blob\",outcome=\"hit\",status=\"200\"} 1")
        .contains("entrepot_response_bytes_total{kind=\"blob\",outcome=\"hit\"} 1234.0")
        .contains("entrepot_upstream_bytes_total{upstream=\"docker.io\"} 99.0");
  }

  /** Never registry content. */
  @ParameterizedTest
  @ValueSource(strings = {"/", "/v2/", "/v2/library/nginx/manifests/latest", "/actuator/env"})
  void nothingElseIsServed(String path) {
    client.get().uri(path).exchange().expectStatus().isNotFound();
  }

  private void become(ReadinessState state) {
    availability.onApplicationEvent(new AvailabilityChangeEvent<>(this, state));
  }
}
