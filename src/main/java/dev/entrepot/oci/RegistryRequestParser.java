package dev.entrepot.oci;

import java.util.List;
import java.util.Optional;

/**
 * Reads a raw path and query once into a {@link RegistryRequest}.
 *
 * <p>Mirrors are often configured a little wrong, so the API's {@code /v2} may be missing, doubled,
 * or stand behind the registry's host; such paths are read where it is plain what was meant, and
 * otherwise refused with a sentence that says what was not understood.
 */
public final class RegistryRequestParser {

  private static final String API = "v2";

  private RegistryRequestParser() {}

  /**
   * Reads a request.
   *
   * @param path as it came, undecoded
   * @param query as it came, undecoded, without the question mark; empty if there is none
   * @throws RegistryException if it is no pull
   */
  public static RegistryRequest parse(String path, String query) {
    if (path.equals("/v2/") || path.equals("/v2")) {
      return new RegistryRequest.Ping();
    }
    if (!path.startsWith("/")) {
      throw invalid(path, "it does not begin with a slash");
    }
    if (path.indexOf('%') >= 0) {
      throw invalid(path, "a registry's paths need no percent-encoding");
    }
    List<String> segments = List.of(path.substring(1).split("/", -1));
    boolean inApi = segments.getFirst().equals(API);
    int count = segments.size();
    String verb = count < 2 ? "" : segments.get(count - 2);
    String object = segments.getLast();
    return switch (verb) {
      case "manifests", "blobs", "referrers", "tags" -> {
        RequestQuery parameters = new RequestQuery(query);
        RequestedName name = name(path, segments.subList(0, count - 2), parameters);
        yield request(path, name, verb, object, parameters);
      }
      default -> throw noPull(path, inApi, segments);
    };
  }

  private static RegistryRequest request(
      String path, RequestedName name, String verb, String object, RequestQuery parameters) {
    return switch (verb) {
      case "manifests" -> new RegistryRequest.Manifest(name, Reference.parse(object));
      case "blobs" -> new RegistryRequest.Blob(name, Digest.parse(object));
      case "referrers" ->
          new RegistryRequest.Referrers(name, Digest.parse(object), parameters.forUpstream());
      default -> {
        if (!object.equals("list")) {
          throw invalid(path, "tags are listed by /tags/list");
        }
        yield new RegistryRequest.Tags(name, parameters.forUpstream());
      }
    };
  }

  private static RequestedName name(String path, List<String> prefix, RequestQuery parameters) {
    Optional<RegistryHost> namespace = parameters.namespace();
    boolean inApi = !prefix.isEmpty() && prefix.getFirst().equals(API);
    List<String> name = inApi ? prefix.subList(1, prefix.size()) : prefix;
    if (inApi && name.size() > 1 && name.getFirst().equals(API)) {
      name = name.subList(1, name.size());
    }
    if (name.isEmpty() || name.contains("")) {
      throw invalid(path, "it names no repository");
    }
    return withoutInnerApi(name, namespace, inApi);
  }

  /**
   * Takes a {@code /v2} out that stands behind the registry's host: {@code
   * /docker.io/v2/library/…}. A namespace must say the same host. After a leading {@code /v2/} it
   * could also be a part of the repository's name; then only a namespace makes it plain.
   */
  private static RequestedName withoutInnerApi(
      List<String> name, Optional<RegistryHost> namespace, boolean inApi) {
    int api = name.indexOf(API);
    boolean behindSomething = api > 0 && api < name.size() - 1;
    String before = behindSomething ? String.join("/", name.subList(0, api)) : "";
    Optional<RegistryHost> host = RequestedName.asHost(before);
    boolean plain = host.isPresent() && (namespace.isPresent() ? host.equals(namespace) : !inApi);
    if (plain) {
      String repository = String.join("/", name.subList(api + 1, name.size()));
      return new RequestedName(namespace, before + "/" + repository, true);
    }
    if (behindSomething && !inApi) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID,
          "is override_path = true missing? '"
              + Shown.of(before)
              + "' before /v2/ is not the registry that is meant");
    }
    return new RequestedName(namespace, String.join("/", name), false);
  }

  private static RegistryException noPull(String path, boolean inApi, List<String> segments) {
    if (!inApi || segments.getLast().equals("_catalog")) {
      return new RegistryException(
          ErrorCode.PATH_UNSUPPORTED, "'" + Shown.of(path) + "' is nothing that a pull asks for");
    }
    return invalid(path, "it names no manifest, blob, tag list or referrers");
  }

  private static RegistryException invalid(String path, String why) {
    // The path comes last: clients show no more than the start of the sentence.
    return new RegistryException(
        ErrorCode.NAME_INVALID, "not understood, " + why + ": '" + Shown.of(path) + "'");
  }
}
