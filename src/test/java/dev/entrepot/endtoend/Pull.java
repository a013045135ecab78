package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.TestImage;

/** Pulls over one connection as a containerd node does, without a credential, and checks all. */
record Pull(HttpProbe connection, String registry) {

  /** Fails unless the tag and all that it points to come whole. */
  void image(String repository, String tag, TestImage expected) {
    var head = ask("HEAD", repository + "/manifests/" + tag);
    assertThat(head.header("Docker-Content-Digest")).hasValue(expected.digest());
    var manifest = get(repository + "/manifests/" + expected.digest());
    assertThat(manifest.text()).isEqualTo(expected.manifest().json());
    for (var blob : expected.blobs()) {
      var answer = get(repository + "/blobs/" + blob.digest());
      assertThat(Hashing.digest(answer.body())).isEqualTo(blob.digest());
    }
  }

  /** One GET of something in a repository, whose answer must be 200 and whole. */
  ProbeAnswer get(String path) {
    return ask("GET", path);
  }

  /** Asks for something in a repository and reads nothing yet. */
  HttpProbe begin(String path) {
    return connection.request("GET", target(path));
  }

  private ProbeAnswer ask(String method, String path) {
    var answer = connection.exchange(method, target(path));
    assertThat(answer.status()).as(answer.statusLine()).isEqualTo(200);
    assertThat(answer.end()).isEqualTo(ProbeAnswer.End.COMPLETE);
    return answer;
  }

  private String target(String path) {
    return "/v2/" + path + "?ns=" + registry;
  }
}
