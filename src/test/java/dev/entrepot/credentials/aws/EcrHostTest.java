package dev.entrepot.credentials.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.RegistryHost;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The names of ECR registries. */
class EcrHostTest {

  @ParameterizedTest
  @CsvSource({
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com, eu-west-1, false, false",
    "123456789012.dkr-ecr.eu-west-1.on.aws, eu-west-1, false, true",
    "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com, us-gov-west-1, true, false",
    "123456789012.dkr-ecr-fips.us-east-1.on.aws, us-east-1, true, true",
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn, cn-north-1, false, false",
    "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn, cn-north-1, false, true",
    "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu, eusc-de-east-1, false, false",
    "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov, us-iso-east-1, false, false",
    "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov, us-isob-east-1, false, false",
    "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk, eu-isoe-west-1, false, false",
    "123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov, us-isof-south-1, false, false"
  })
  void everyKindOfNameIsRead(String name, String region, boolean fips, boolean dualStack) {
    assertThat(EcrHost.parse(new RegistryHost(name)))
        .hasValue(new EcrHost("123456789012", region, fips, dualStack));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "public.ecr.aws",
        "12345678901.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.test",
        "123456789012.dkr.ecr.eu-west-1.evil.amazonaws.com",
        "123456789012.dkr.ecr.amazonaws.com",
        "evil.123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443",
        "123456789012xdkr.ecr.eu-west-1.amazonaws.com",
        "registry.test"
      })
  void anythingElseIsNoRegistryOfEcr(String name) {
    assertThat(EcrHost.parse(new RegistryHost(name))).isEmpty();
  }
}
