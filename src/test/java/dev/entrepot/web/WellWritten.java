package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.ProbeAnswer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Assertions 29, 36 and 39, S-52: what every refusal has in common. */
final class WellWritten {

  private WellWritten() {}

  static void assertWellWritten(ProbeAnswer answer) {
    assertThat(answer.reason()).isNotBlank().hasSizeLessThanOrEqualTo(120).matches("[ -~]+");
    assertThat(answer.header("WWW-Authenticate")).isEmpty();
    assertThat(answer.header("Location")).isEmpty();
    assertThat(answer.header("Set-Cookie")).isEmpty();
    assertThat(answer.header("Content-Type")).hasValue("application/json");
    assertThat(answer.header("X-Content-Type-Options")).hasValue("nosniff");
    if (answer.body().length() > 0) {
      JsonNode error = JsonMapper.shared().readTree(answer.text()).path("errors").path(0);
      assertThat(error.path("code").asString("")).matches("[A-Z_]+");
      assertThat(error.path("message").asString("")).isNotBlank();
      assertThat(answer.text()).doesNotContain("<script>").hasSizeLessThan(2000);
    }
  }
}
