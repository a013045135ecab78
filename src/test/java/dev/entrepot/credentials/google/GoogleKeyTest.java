package dev.entrepot.credentials.google;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.MutableClock;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys as people paste them, and what happens to them on the way. */
class GoogleKeyTest {

  private static final String ACCOUNT = "puller@acme.iam.gserviceaccount.com";
  private static String key = "";

  @BeforeAll
  static void create() {
    try (FakeGoogle google = FakeGoogle.start(MutableClock.create())) {
      key = google.keyOf(ACCOUNT);
    }
  }

  @AfterAll
  static void forget() {
    key = "";
  }

  /** Forms that a key is taken in. */
  enum Form {
    JSON(key -> key),
    BLANKS_AROUND(key -> "\r\n  " + key + "\n\n"),
    BYTE_ORDER_MARK(key -> "\ufeff" + key),
    BASE64(GoogleKeyTest::base64),
    BASE64_WITH_LINE_BREAKS(
        key -> Base64.getMimeEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8)) + "\n"),
    BASE64_INDENTED(key -> base64(key).replaceAll("(.{60})", "$1\n    ") + " \r\n"),
    BASE64_WITHOUT_PADDING(key -> base64(key).replace("=", "")),
    BASE64_OF_A_BYTE_ORDER_MARK(key -> base64("\ufeff" + key)),
    USER_AND_JSON(key -> "_json_key:" + key),
    USER_AND_BASE64(key -> "_json_key_base64:" + base64(key)),
    BASE64_OF_USER_AND_JSON(key -> base64("_json_key:" + key)),
    BASE64_OF_USER_AND_BASE64(key -> base64("_json_key_base64:" + base64(key))),
    WINDOWS_LINE_BREAKS_IN_THE_KEY(key -> key.replace("\\n", "\\r\\n"));

    private final UnaryOperator<String> write;

    Form(UnaryOperator<String> write) {
      this.write = write;
    }
  }

  /** What happens to keys, and the words that name it. */
  enum Damage {
    EMPTY(_ -> " \n", "it holds no key"),
    UTF_16(key -> key, "it is UTF-16, save it as UTF-8"),
    A_PASSWORD(_ -> "canary hunter2", "it is neither a JSON key nor base64 of one"),
    QUOTES_AROUND(key -> "'" + key + "'", "it is wrapped in quotes"),
    JSON_IN_JSON(key -> key.replace("\\", "\\\\").replace("\"", "\\\""), "its quotes are escaped"),
    CUT_OFF(
        key -> key.substring(0, key.length() - 20), "its JSON ends in the middle, it was cut off"),
    CUT_OFF_BASE64(key -> base64(key).substring(0, 801), "it is base64 that was cut off"),
    SOMETHING_AFTER_IT(key -> key + key, "it is not JSON from line"),
    YAML(key -> key.replace("\"", ""), "it is not JSON from line"),
    A_FIELD_TWICE(key -> key.replaceFirst("\\{", "{\"type\":\"x\","), "its JSON has a field twice"),
    RAW_LINE_BREAKS(
        key -> key.replace("\\n", "\n"),
        "a text in its JSON is broken into lines, the line breaks of private_key"),
    ESCAPED_TWICE(
        key -> key.replace("\\n", "\\\\n"),
        "private_key holds the two characters \\n instead of line breaks"),
    BLANKS_FOR_LINE_BREAKS(
        key -> key.replace("\\n", " "), "private_key has blanks instead of line breaks"),
    NO_LINE_BREAKS(key -> key.replace("\\n", ""), "private_key has lost its line breaks"),
    PKCS1(key -> key.replace("PRIVATE KEY-", "RSA PRIVATE KEY-"), "private_key is in PKCS#1"),
    ENCRYPTED(
        key -> key.replace("PRIVATE KEY-", "ENCRYPTED PRIVATE KEY-"), "private_key is encrypted"),
    NO_FIRST_LINE(
        key -> key.replace("-----BEGIN PRIVATE KEY-----\\n", ""),
        "private_key does not start with BEGIN"),
    NO_LAST_LINE(
        key -> key.replace("-----END PRIVATE KEY-----", ""), "private_key does not end with END"),
    A_CHARACTER_LOST(
        key -> key.replace("-----BEGIN PRIVATE KEY-----\\nM", "-----BEGIN PRIVATE KEY-----\\n"),
        "private_key is no"),
    A_MASKED_KEY(
        key -> key.replaceAll("(KEY-----\\\\n).*(\\\\n-----END)", "$1***$2"),
        "private_key is not base64"),
    OTHER_BYTES(
        key -> key.replaceAll("(KEY-----\\\\n).*(\\\\n-----END)", "$1Y2FuYXJ5$2"),
        "private_key is no RSA key in PKCS#8"),
    ONLY_THE_PRIVATE_KEY(GoogleKeyTest::privateKey, "it is only a private key"),
    BASE64_OF_ONLY_THE_PRIVATE_KEY(key -> base64(privateKey(key)), "it is only a private key"),
    ONLY_THE_BODY_OF_THE_PRIVATE_KEY(
        key -> privateKey(key).replaceAll("-----.*-----", ""), "it is only a private key"),
    BASE64_TWICE(key -> base64(base64(key)), "it was encoded as base64 twice"),
    BASE64_FOR_URLS(
        key ->
            Base64.getUrlEncoder()
                .encodeToString(
                    ("{\"~\":\"???>>>~~~\"," + key.substring(1)).getBytes(StandardCharsets.UTF_8)),
        "it is base64 in the alphabet for URLs"),
    NO_TYPE(key -> key.replace("\"type\"", "\"tipe\""), "type is missing or empty"),
    ANOTHER_TYPE(
        key -> key.replace("service_account\"", "canary\""),
        "type is none of service_account, external_account"),
    AN_OAUTH_CLIENT(
        _ -> "{\"installed\":{\"client_secret\":\"canary\"}}",
        "it is an OAuth client's configuration"),
    NO_ACCOUNT(
        key -> key.replace("client_email", "client_mail"), "client_email is missing or empty"),
    NO_KEY_ID(key -> key.replace("private_key_id", "id"), "private_key_id is missing or empty"),
    NO_PRIVATE_KEY(
        key -> key.replace("\"private_key\"", "\"key\""), "private_key is missing or empty"),
    A_NUMBER(key -> key.replace("\"1234567890\"", "1234567890"), "client_id is no text"),
    PLAIN_HTTP_ELSEWHERE(
        key -> key.replace("127.0.0.1", "canary.test"), "token_uri is no https URL");

    private final UnaryOperator<String> damage;
    private final String words;

    Damage(UnaryOperator<String> damage, String words) {
      this.damage = damage;
      this.words = words;
    }

    byte[] of(String key) {
      return damage
          .apply(key)
          .getBytes(this == UTF_16 ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyFormOfAKeyIsTheSameKey(Form form) {
    // When
    GoogleKey read = GoogleKey.read(form.write.apply(key).getBytes(StandardCharsets.UTF_8));
    // Then
    assertThat(read.name()).isEqualTo("service account " + ACCOUNT);
    assertThat(read).hasToString("GoogleKey[service account " + ACCOUNT + "]");
    if (form != Form.WINDOWS_LINE_BREAKS_IN_THE_KEY) {
      assertThat(read.fingerprint())
          .isEqualTo(GoogleKey.read(key.getBytes(StandardCharsets.UTF_8)).fingerprint());
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyDamageIsNamedAndNothingIsShown(Damage damage) {
    // When
    Throwable thrown = catchThrowable(() -> GoogleKey.read(damage.of(key)));
    // Then
    assertThat(thrown)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(damage.words)
        .hasMessageNotContaining("canary")
        .hasMessageNotContaining(ACCOUNT)
        .hasMessageNotContaining(";");
    assertThat(Arrays.stream(privateKey(key).split("\n")))
        .noneMatch(line -> String.valueOf(thrown.getMessage()).contains(line));
  }

  @ParameterizedTest
  @EnumSource
  void asAPasswordItIsSentInTheFormThatRegistriesKnow(Form form) {
    // Given
    byte[] content = form.write.apply(key).getBytes(StandardCharsets.UTF_8);
    // When
    String verbatim = GoogleKey.passwordOf("_json_key", content).reveal();
    String encoded = GoogleKey.passwordOf("_json_key_base64", content).reveal();
    // Then
    assertThat(verbatim).startsWith("{\"type\":\"service_account\"").doesNotContain("\n");
    assertThat(encoded).isEqualTo(base64(verbatim));
    assertThat(KeyJson.parse(verbatim).text("private_key").strip()).startsWith("-----BEGIN");
  }

  @Test
  void aPasswordIsAServiceAccountsKeyAndNoOther() {
    assertThatThrownBy(
            () ->
                GoogleKey.passwordOf(
                    "_json_key",
                    "{\"type\":\"authorized_user\",\"refresh_token\":\"canary\"}"
                        .getBytes(StandardCharsets.UTF_8)))
        .hasMessageStartingWith("its type is 'authorized_user'")
        .hasMessageNotContaining("canary");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"authorized_user\",\"client_id\":\"canary\"}|client_secret is missing or empty",
        "{\"type\":\"external_account\",\"audience\":\"//iam/canary\"}|subject_token_type is missing or empty",
        "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\"}|credential_source is missing or no JSON object",
        "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"credential_source\":{}}|credential_source has neither file, url, executable nor environment_id",
        "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"credential_source\":{\"certificate\":{}}}|credential_source.certificate is not supported",
        "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"token_url\":\"http://canary.test\"}|token_url is no https URL",
        "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":\"https://canary.test/x\"}|source_credentials is missing or no JSON object",
        "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":\"https://a.test/x\",\"source_credentials\":{\"type\":\"service_account\"}}|source_credentials.client_email is missing or empty"
      })
  void otherConfigurationsAreCheckedToo(String json, String words) {
    assertThatThrownBy(() -> GoogleKey.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(words)
        .hasMessageNotContaining("canary");
  }

  @Test
  void twoKeysAreToldApart() {
    // Given
    String other = key.replace("1234567890", "1234567891");
    // Then
    assertThat(GoogleKey.read(other.getBytes(StandardCharsets.UTF_8)).fingerprint())
        .isNotEqualTo(GoogleKey.read(key.getBytes(StandardCharsets.UTF_8)).fingerprint());
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String privateKey(String key) {
    return KeyJson.parse(key).text("private_key");
  }
}
