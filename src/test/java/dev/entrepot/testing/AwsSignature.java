package dev.entrepot.testing;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature (version 4) that a request to AWS carries.
 *
 * @param scope date, region, service and a fixed word
 */
record AwsSignature(
    String accessKeyId, String scope, List<String> signedHeaders, String signature) {

  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final Pattern HEADER =
      Pattern.compile(
          ALGORITHM + " Credential=([^/]+)/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]+)");

  /** Empty if the request is not signed. */
  static Optional<AwsSignature> of(RecordedRequest request) {
    return request
        .header("Authorization")
        .map(HEADER::matcher)
        .filter(header -> header.matches())
        .map(
            header ->
                new AwsSignature(
                    header.group(1),
                    header.group(2),
                    List.of(header.group(3).split(";")),
                    header.group(4)));
  }

  String region() {
    return scope.split("/")[1];
  }

  String service() {
    return scope.split("/")[2];
  }

  /** Whether whoever made it knows this secret, and means this very request. */
  boolean isBy(String secret, RecordedRequest request) {
    var canonical =
        String.join(
            "\n",
            request.method(),
            URI.create(request.target()).getRawPath(),
            "",
            signedHeaders.stream()
                .map(name -> name + ":" + value(request, name) + "\n")
                .collect(Collectors.joining()),
            String.join(";", signedHeaders),
            hash(request.body()));
    var toSign =
        String.join(
            "\n", ALGORITHM, request.header("X-Amz-Date").orElse(""), scope, hash(canonical));
    var key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
    for (var part : scope.split("/")) {
      key = hmac(key, part);
    }
    return signedHeaders.contains("host")
        && signedHeaders.contains("x-amz-date")
        && HexFormat.of().formatHex(hmac(key, toSign)).equals(signature);
  }

  private static String value(RecordedRequest request, String name) {
    return request.headers(name).stream()
        .map(value -> value.strip().replaceAll(" +", " "))
        .collect(Collectors.joining(","));
  }

  private static String hash(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every Java platform has HmacSHA256", missing);
    }
  }
}
