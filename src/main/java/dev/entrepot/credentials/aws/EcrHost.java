package dev.entrepot.credentials.aws;

import dev.entrepot.oci.RegistryHost;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the name of a private ECR registry tells.
 *
 * @param account whose registry it is
 * @param fips whether it is the endpoint with validated cryptography
 * @param dualStack whether it is the endpoint with IPv6 too
 */
record EcrHost(String account, String region, boolean fips, boolean dualStack) {

  /** What such names look like, for messages. */
  static final String SHAPE = "<account>.dkr.ecr.<region>.amazonaws.com";

  /** The grammar of AWS's own credential helpers. */
  private static final Pattern GRAMMAR =
      Pattern.compile(
          "(?<account>\\d{12})\\.dkr[.-]ecr(?<fips>-fips)?\\.(?<region>[a-z0-9][a-z0-9_-]*)\\."
              + "(?<suffix>amazonaws\\.(?:com(?:\\.cn)?|eu)|on\\.(?:aws|amazonwebservices\\.com\\.cn)"
              + "|sc2s\\.sgov\\.gov|c2s\\.ic\\.gov|cloud\\.adc-e\\.uk|csp\\.hci\\.ic\\.gov)");

  /** Empty if this is no private ECR registry. */
  static Optional<EcrHost> parse(RegistryHost host) {
    Matcher name = GRAMMAR.matcher(host.value());
    return name.matches()
        ? Optional.of(
            new EcrHost(
                name.group("account"),
                name.group("region"),
                name.group("fips") != null,
                name.group("suffix").startsWith("on.")))
        : Optional.empty();
  }
}
