package dev.entrepot.testing;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the AWS SDK reads of the environment, as system properties: nothing at all until a test sets
 * something. Everything is as before after {@link #close}.
 */
public final class AwsSettings implements AutoCloseable {

  private final Map<String, Optional<String>> before = new HashMap<>();

  private AwsSettings() {}

  /** An environment without profiles and metadata; {@code directory} holds what is written. */
  public static AwsSettings in(Path directory) {
    return new AwsSettings()
        .set("aws.configFile", directory.resolve("aws-config").toString())
        .set("aws.sharedCredentialsFile", directory.resolve("aws-credentials").toString())
        .set("aws.disableEc2Metadata", "true");
  }

  /** Where the security token service is. */
  public AwsSettings sts(URI endpoint) {
    return set("aws.endpointUrlSts", endpoint.toString());
  }

  /** Sets one of the SDK's system properties. */
  public AwsSettings set(String property, String value) {
    before.putIfAbsent(property, Optional.ofNullable(System.getProperty(property)));
    System.setProperty(property, value);
    return this;
  }

  @Override
  public void close() {
    before.forEach(
        (property, value) ->
            value.ifPresentOrElse(
                old -> System.setProperty(property, old), () -> System.clearProperty(property)));
  }
}
