package dev.entrepot.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.access.ListenAddress;
import dev.entrepot.testing.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.mock.web.reactive.function.server.MockServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

/** The admin listener of the chart is reached by whoever reaches the pod. */
final class AdminGuardTest {

  @TempDir private Path directory;
  private AdminGuard guard;

  @SuppressWarnings("NullAway.Init") // set before each test
  AdminGuardTest() {}

  @BeforeEach
  void guard() {
    guard = new AdminGuard(AdminKey.create(directory), ListenAddress.of("0.0.0.0:5444"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.2.3", "fd00::1", "0.0.0.0"})
  void whoeverReadsFromElsewhereNeedsTheKey(String remote) {
    // When / Then
    assertThat(answer(from(remote))).isEqualTo(403);
    assertThat(answer(from(remote).header(AdminKey.HEADER, "wrong"))).isEqualTo(403);
    assertThat(answer(from(remote).header(AdminKey.HEADER, key()))).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"})
  void whoeverReadsOnThisMachineDoesNot(String remote) {
    assertThat(answer(from(remote))).isEqualTo(200);
  }

  @Test
  void whoeverIsFromNowhereNeedsTheKey() {
    assertThat(answer(asking())).isEqualTo(403);
  }

  private String key() {
    return AdminKey.find(directory).orElseThrow();
  }

  private static MockServerRequest.Builder from(String remote) {
    return asking().remoteAddress(new InetSocketAddress(InetAddress.ofLiteral(remote), 40_000));
  }

  private static MockServerRequest.Builder asking() {
    return MockServerRequest.builder().method(HttpMethod.GET).header("Host", "10.9.9.9:5444");
  }

  private int answer(MockServerRequest.Builder request) {
    ServerResponse response =
        guard.filter(request.build(), _ -> ServerResponse.ok().build()).block(Await.DEADLINE);
    return Objects.requireNonNull(response).statusCode().value();
  }
}
