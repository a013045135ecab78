package dev.entrepot.credentials.aws;

import static dev.entrepot.credentials.aws.AwsUnderTest.HOST;
import static dev.entrepot.credentials.aws.AwsUnderTest.KEY_ID;
import static dev.entrepot.credentials.aws.AwsUnderTest.ROLE;
import static dev.entrepot.credentials.aws.AwsUnderTest.SECRET;
import static dev.entrepot.credentials.aws.AwsUnderTest.current;
import static dev.entrepot.credentials.aws.AwsUnderTest.expectDenied;
import static dev.entrepot.credentials.aws.AwsUnderTest.expectUnavailable;
import static dev.entrepot.credentials.aws.AwsUnderTest.password;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RequestMatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom AWS sees: keys, roles, profiles, and what pods are given. */
class AwsIdentityTest {

  @TempDir private Path directory;
  private AwsUnderTest under;

  @BeforeEach
  void start() {
    under = new AwsUnderTest(directory);
  }

  @AfterEach
  void stop() {
    under.close();
  }

  @Test
  void aRoleIsAssumedBeforeTheTokenIsAskedFor() {
    // Given
    under.aws.role(ROLE);
    // When
    Credential credential = current(under.withRole(ROLE, null));
    // Then
    assertThat(password(credential)).startsWith("canary-password");
    assertThat(under.aws.stsCalls("AssumeRole")).isEqualTo(1);
    assertThat(under.aws.requests().getFirst().formField("RoleSessionName")).hasValue("entrepot");
  }

  @Test
  void aRoleMayWantAnExternalId() {
    // Given
    under.aws.role(ROLE, "tenant-7");
    // Then
    expectDenied(
        under.withRole(ROLE, null),
        "role %s may not be assumed (sts:AssumeRole) by arn:aws:iam::123456789012:user/ci"
            .formatted(ROLE));
    assertThat(password(current(under.withRole(ROLE, "tenant-7")))).contains("canary");
  }

  @Test
  void aRoleThatMayNotMakeTokensIsNamed() {
    // Given
    under
        .aws
        .role(ROLE)
        .refuse(
            "ecr:GetAuthorizationToken",
            400,
            "AccessDeniedException",
            "User: %s is not authorized to perform: ecr:GetAuthorizationToken on resource: *");
    // Then
    expectDenied(
        under.withRole(ROLE, null),
        "arn:aws:sts::123456789012:assumed-role/puller/entrepot may not call ecr:GetAuthorizationToken");
  }

  @Test
  void aKeyThatTheTokenServiceDoesNotKnowIsNamed() {
    // Given
    under.aws.refuse("sts:AssumeRole", 403, "InvalidClientTokenId", "canary");
    // Then
    expectDenied(
        under.withRole(ROLE, null), "the access key %s is not known to AWS".formatted(KEY_ID));
  }

  @Test
  void aRoleThatIsNoneIsTheTokenServicesToRefuse() {
    // Given
    under.aws.refuse("sts:AssumeRole", 400, "ValidationError", "canary");
    // Then
    expectDenied(
        under.withRole("puller", null),
        "asked for role puller, the STS API of eu-west-1 answered 400 ValidationError");
  }

  @Test
  void rolesAreAskedForInThePartitionOfTheRegistry() {
    // Given
    under.settings.set("aws.region", "us-west-2");
    under.aws.chaos().when(RequestMatch.any()).always(Fault.answer(503));
    CredentialSource source = under.withRole(ROLE, null);
    // Then
    expectUnavailable(
        source, "asked for role %s, the STS API of us-west-2 answered 503".formatted(ROLE));
    AwsUnderTest.expectFailure(
        source,
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        "asked for role %s, the STS API of cn-north-1 answered 503".formatted(ROLE),
        false);
  }

  /** IRSA: the token is exchanged without a signature, which takes the SDK's sts module. */
  @Test
  void aWebIdentityIsUsedAndReadAgainWhenItIsRotated() throws IOException {
    // Given
    Path token = webIdentity("canary-web-1");
    CredentialSource source = under.withEnvironment();
    current(source);
    // When
    under.aws.webIdentity("canary-web-1", "arn:aws:iam::123456789012:role/another");
    under.aws.webIdentity("canary-web-2", ROLE);
    Files.writeString(token, "canary-web-2");
    under.clock.advance(Duration.ofHours(12));
    // Then
    assertThat(under.aws.accepts(basic(current(source)))).isTrue();
    assertThat(under.aws.stsCalls("AssumeRoleWithWebIdentity")).isEqualTo(2);
    assertThat(under.aws.requests().getFirst().header("Authorization")).isEmpty();
  }

  @Test
  void aWebIdentityThatIsRefusedDoesNotFallBackToTheNode() throws IOException {
    // Given
    webIdentity("canary-web");
    under.aws.webIdentity("canary-web", "arn:aws:iam::123456789012:role/another");
    // Then
    expectDenied(
        under.withEnvironment(),
        "role %s may not be assumed (sts:AssumeRoleWithWebIdentity)".formatted(ROLE));
  }

  @Test
  void whatAwsCallsTransientIsTrouble() throws IOException {
    // Given
    webIdentity("canary-web");
    under.aws.refuse(
        "sts:AssumeRoleWithWebIdentity", 400, "IDPCommunicationError", "canary: try again");
    // Then
    expectUnavailable(
        under.withEnvironment(),
        "asked for role %s, the STS API of eu-west-1 answered 400 IDPCommunicationError"
            .formatted(ROLE));
  }

  @Test
  void aWebIdentityWithoutItsFileIsExplained() {
    // Given
    under.settings.set("aws.webIdentityTokenFile", "/nowhere/token").set("aws.roleArn", ROLE);
    // Then
    expectUnavailable(
        under.withEnvironment(),
        "the web identity token '/nowhere/token' cannot be read (NoSuchFileException)");
  }

  @Test
  void aRoleCanBeAssumedOnTopOfAWebIdentity() throws IOException {
    // Given
    webIdentity("canary-web");
    String other = "arn:aws:iam::210987654321:role/other";
    under.aws.role(other);
    // When
    current(under.ecr(null, other, null, false, null, under.aws.uri()));
    // Then
    assertThat(under.aws.stsCalls("AssumeRole")).isEqualTo(1);
    assertThat(under.aws.stsCalls("AssumeRoleWithWebIdentity")).isEqualTo(1);
  }

  /** EKS Pod Identity. */
  @Test
  void aContainerIsGivenCredentialsForItsTokenWhichIsReadAgain() throws IOException {
    // Given
    Path token = container("canary-pod-1");
    CredentialSource source = under.withEnvironment();
    current(source);
    // When
    under.aws.container("canary-pod-2", ROLE);
    Files.writeString(token, "canary-pod-2");
    under.clock.advance(Duration.ofHours(12));
    current(source);
    // Then
    assertThat(under.aws.requests())
        .filteredOn(request -> request.is("GET"))
        .extracting(request -> request.header("Authorization").orElse(""))
        .containsExactly("canary-pod-1", "canary-pod-2");
  }

  @Test
  void aContainerThatIsRefusedIsTold() throws IOException {
    // Given
    Files.writeString(container("canary-pod"), "canary-stranger");
    // Then
    expectDenied(under.withEnvironment(), "the container's credentials endpoint answered 403");
  }

  @Test
  void aProfileGivesItsKey() throws IOException {
    // Given
    writeProfile("[ci]\naws_access_key_id = %s\naws_secret_access_key = %s\n");
    // When
    Credential credential = current(under.withProfile("ci"));
    // Then
    assertThat(password(credential)).isEqualTo("canary-password-1");
  }

  @Test
  void aProfileThatIsMissingIsDenied() throws IOException {
    // Given
    writeProfile("[other]\naws_access_key_id = %s\naws_secret_access_key = %s\n");
    // Then
    expectDenied(
        under.withProfile("ci"),
        "profile 'ci' of the AWS configuration is missing or gives no credentials");
  }

  @Test
  void aProfileIsReadAnewOnceItIsMended() throws IOException {
    // Given
    CredentialSource source = under.withProfile("ci");
    expectDenied(
        source, "profile 'ci' of the AWS configuration is missing or gives no credentials");
    // When
    writeProfile("[ci]\naws_access_key_id = %s\naws_secret_access_key = %s\n");
    under.clock.advance(Duration.ofSeconds(6));
    // Then
    assertThat(password(current(source))).isEqualTo("canary-password-1");
  }

  @Test
  void aProfileMayNameARole() throws IOException {
    // Given
    writeProfile("[base]\naws_access_key_id = %s\naws_secret_access_key = %s\n");
    Files.writeString(
        directory.resolve("aws-config"),
        "[profile ci]\nrole_arn = %s\nsource_profile = base\nregion = eu-west-1\n".formatted(ROLE));
    CredentialSource source = under.withProfile("ci");
    expectDenied(source, "arn:aws:iam::123456789012:user/ci may not call sts:AssumeRole");
    // When
    under.aws.role(ROLE);
    under.clock.advance(Duration.ofSeconds(6));
    // Then
    assertThat(password(current(source))).contains("canary-password");
    assertThat(under.aws.stsCalls("AssumeRole")).isEqualTo(2);
  }

  @Test
  void theDefaultProfileIsPartOfTheEnvironment() throws IOException {
    // Given
    writeProfile("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n");
    // Then
    assertThat(password(current(under.withEnvironment()))).isEqualTo("canary-password-1");
  }

  @Test
  void variablesComeBeforeEverythingElse() throws IOException {
    // Given
    webIdentity("canary-web");
    under.settings.set("aws.accessKeyId", KEY_ID).set("aws.secretAccessKey", SECRET);
    // When
    current(under.withEnvironment());
    // Then
    assertThat(under.aws.requests()).hasSize(1);
  }

  @Test
  void aSecretInThePlaceOfTheKeyIdIsNotShown() {
    // Given
    under
        .settings
        .set("aws.accessKeyId", "canary/secret+access/key")
        .set("aws.secretAccessKey", "x");
    // Then
    expectDenied(under.withEnvironment(), "its AWS identity is not known to AWS");
  }

  @Test
  void aBrokenConfigurationIsNamed() throws IOException {
    // Given
    Path file = Files.writeString(directory.resolve("aws-credentials"), "[canary\n");
    // Then
    expectDenied(
        under.withKey(),
        "the AWS configuration in '%s' or '%s' is malformed"
            .formatted(directory.resolve("aws-config"), file));
  }

  @Test
  void anInstanceHasItsRole() {
    // Given
    under.aws.instance(ROLE);
    under
        .settings
        .set("aws.disableEc2Metadata", "false")
        .set("aws.ec2MetadataServiceEndpoint", "http://" + under.aws.uri().getAuthority());
    // Then
    assertThat(password(current(under.withEnvironment()))).contains("canary-password");
  }

  @Test
  void nothingToBeFoundAnywhereIsTold() {
    expectUnavailable(
        under.withEnvironment(),
        "no AWS credentials were found (looked in environment, web identity, profile, container, instance metadata)");
  }

  private Path webIdentity(String token) throws IOException {
    Path file = Files.writeString(directory.resolve("web-identity"), token);
    under.aws.webIdentity(token, ROLE);
    under.settings.set("aws.webIdentityTokenFile", file.toString()).set("aws.roleArn", ROLE);
    return file;
  }

  private Path container(String token) throws IOException {
    Path file = Files.writeString(directory.resolve("pod-identity"), token);
    under.aws.container(token, ROLE);
    under
        .settings
        .set("aws.containerCredentialsFullUri", under.aws.containerCredentials().toString())
        .set("aws.containerAuthorizationTokenFile", file.toString());
    return file;
  }

  private void writeProfile(String template) throws IOException {
    Files.writeString(directory.resolve("aws-credentials"), template.formatted(KEY_ID, SECRET));
  }

  private static String basic(Credential credential) {
    return credential instanceof Credential.Basic basic
        ? "Basic "
            + Base64.getEncoder()
                .encodeToString(("AWS:" + basic.password().reveal()).getBytes(UTF_8))
        : HOST;
  }
}
