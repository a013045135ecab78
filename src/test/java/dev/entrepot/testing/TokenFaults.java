package dev.entrepot.testing;

import java.nio.charset.StandardCharsets;

/** How real token services refuse or go wrong. */
public final class TokenFaults {

  private TokenFaults() {}

  /** Docker Hub's 401. */
  public static Fault hubUnauthorized() {
    return Fault.answer(Reply.json(401, "{\"details\":\"incorrect username or password\"}\n"));
  }

  /** Artifact Registry's 403. */
  public static Fault forbidden() {
    return Fault.answer(Reply.error(403, "DENIED", "Permission denied for this repository"));
  }

  /** 200 with a web page. */
  public static Fault html() {
    return Fault.answer(Reply.text(200, "text/html", "<html><body>Please log in</body></html>"));
  }

  /** 200 with more than 64 KiB of valid JSON around the token. */
  public static Fault oversized() {
    return Fault.changing(
        reply ->
            reply.with(
                Body.of(
                    "{\"padding\":\""
                        + "x".repeat(70_000)
                        + "\","
                        + new String(reply.body().toBytes(), StandardCharsets.UTF_8)
                            .substring(1))));
  }

  /** The normal answer with a cookie that must not come back. */
  public static Fault cookie() {
    return Fault.header("Set-Cookie", "AUTH_SESSION=secret-cookie; Path=/; HttpOnly");
  }
}
