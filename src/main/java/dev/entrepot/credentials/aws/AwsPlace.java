package dev.entrepot.credentials.aws;

import java.net.URI;
import java.util.Optional;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.regions.PartitionMetadata;
import software.amazon.awssdk.regions.Region;

/**
 * Where tokens are made.
 *
 * @param endpoint what stands in for the region's own API
 */
record AwsPlace(Region region, boolean fips, boolean dualStack, Optional<URI> endpoint) {

  /**
   * The region whose security token service is asked: the one this program runs in, if that is of
   * the same partition, because a private network may lead to no other.
   */
  Region tokenService() {
    return SdkSystemSetting.AWS_REGION
        .getStringValue()
        .filter(own -> !own.isBlank())
        .map(own -> Region.of(own.trim()))
        .filter(own -> partition(own).equals(partition(region)))
        .orElse(region);
  }

  /** One text for each place. */
  String key() {
    return region.id() + (fips ? " fips" : "") + (dualStack ? " dual-stack" : "");
  }

  private static String partition(Region region) {
    return PartitionMetadata.of(region).id();
  }
}
