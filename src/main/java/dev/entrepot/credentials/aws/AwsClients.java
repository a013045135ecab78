package dev.entrepot.credentials.aws;

import java.net.ProxySelector;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecr.EcrClient;
import software.amazon.awssdk.services.ecr.EcrClientBuilder;
import software.amazon.awssdk.services.ecrpublic.EcrPublicClient;
import software.amazon.awssdk.services.ecrpublic.EcrPublicClientBuilder;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;

/** Makes SDK clients that give up in time; whoever asks for one closes it. */
final class AwsClients {

  /** Of one call with its attempts; a token may take two or three calls. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int ATTEMPTS = 2;

  private final SdkHttpClient http;

  AwsClients(ProxySelector proxies) {
    this.http = UrlConnectionHttpClient.create(new EgressConnections(proxies));
  }

  EcrClient ecr(AwsPlace place, AwsCredentials credentials) {
    EcrClientBuilder builder = EcrClient.builder();
    configure(builder, place.region(), StaticCredentialsProvider.create(credentials));
    locate(builder, place);
    return builder.build();
  }

  EcrPublicClient ecrPublic(AwsPlace place, AwsCredentials credentials) {
    EcrPublicClientBuilder builder = EcrPublicClient.builder();
    configure(builder, place.region(), StaticCredentialsProvider.create(credentials));
    locate(builder, place);
    return builder.build();
  }

  StsClient sts(AwsPlace place, AwsCredentials credentials) {
    return sts(place, StaticCredentialsProvider.create(credentials));
  }

  /** For calls that prove who we are with a token of their own. */
  StsClient unsignedSts(AwsPlace place) {
    return sts(place, AnonymousCredentialsProvider.create());
  }

  private StsClient sts(AwsPlace place, AwsCredentialsProvider credentials) {
    StsClientBuilder builder = StsClient.builder();
    configure(builder, place.tokenService(), credentials);
    if (place.fips()) {
      builder.fipsEnabled(true);
    }
    return builder.build();
  }

  private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> void configure(
      B builder, Region region, AwsCredentialsProvider credentials) {
    builder
        .httpClient(http)
        .region(region)
        .credentialsProvider(credentials)
        .overrideConfiguration(
            one ->
                one.apiCallTimeout(PATIENCE)
                    .retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            .maxAttempts(ATTEMPTS)
                            .build()));
  }

  /** What a place leaves open the environment may say; an endpoint of one's own is what it is. */
  private static <B extends AwsClientBuilder<B, C>, C> void locate(B builder, AwsPlace place) {
    place
        .endpoint()
        .ifPresent(own -> builder.endpointOverride(own).fipsEnabled(false).dualstackEnabled(false));
    if (place.endpoint().isEmpty() && place.fips()) {
      builder.fipsEnabled(true);
    }
    if (place.endpoint().isEmpty() && place.dualStack()) {
      builder.dualstackEnabled(true);
    }
  }
}
