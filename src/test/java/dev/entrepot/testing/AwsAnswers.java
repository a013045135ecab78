package dev.entrepot.testing;

import java.time.Instant;

/** The words of AWS: JSON from most of it, XML from the security token service. */
final class AwsAnswers {

  private static final String JSON = "application/x-amz-json-1.1";

  private AwsAnswers() {}

  static Reply token(String token, Instant end) {
    return Reply.text(
        200,
        JSON,
        """
        {"authorizationData":[{"authorizationToken":"%s","expiresAt":%s,"proxyEndpoint":"https://%s.dkr.ecr.eu-west-1.amazonaws.com"}]}"""
            .formatted(token, seconds(end), FakeEcr.ACCOUNT));
  }

  static Reply publicToken(String token, Instant end) {
    return Reply.text(
        200,
        JSON,
        "{\"authorizationData\":{\"authorizationToken\":\"%s\",\"expiresAt\":%s}}"
            .formatted(token, seconds(end)));
  }

  static Reply error(FakeEcr.Refusal no) {
    return Reply.text(
        no.status(),
        JSON,
        "{\"__type\":\"%s\",\"message\":\"%s\"}".formatted(no.code(), no.message()));
  }

  static Reply session(String action, FakeEcr.Key key) {
    return Reply.text(
        200,
        "text/xml",
        """
        <%1$sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%1$sResult>
        <AssumedRoleUser><Arn>%2$s</Arn><AssumedRoleId>AROACANARY:entrepot</AssumedRoleId></AssumedRoleUser>
        <Credentials><AccessKeyId>%3$s</AccessKeyId><SecretAccessKey>%4$s</SecretAccessKey>
        <SessionToken>%5$s</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
        </%1$sResult></%1$sResponse>"""
            .formatted(action, key.arn(), key.id(), key.secret(), key.session().orElseThrow()));
  }

  static Reply stsError(FakeEcr.Refusal no) {
    return Reply.text(
        no.status(),
        "text/xml",
        """
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
        <Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>"""
            .formatted(no.code(), no.message()));
  }

  /** As containers and instances get them. */
  static Reply credentials(FakeEcr.Key key) {
    return Reply.json(
        200,
        """
        {"AccessKeyId":"%s","SecretAccessKey":"%s","Token":"%s","Expiration":"2099-01-01T00:00:00Z"}"""
            .formatted(key.id(), key.secret(), key.session().orElseThrow()));
  }

  /** As a number with a decimal point. */
  private static String seconds(Instant instant) {
    return instant.getEpochSecond() + ".0";
  }
}
