package dev.entrepot.credentials.exec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which images a glob of kubelet's is for. */
class ImageGlobTest {

  @ParameterizedTest
  @CsvSource({
    "123456789012.dkr.ecr.us-east-1.amazonaws.com, 123456789012.dkr.ecr.us-east-1.amazonaws.com/a",
    "*.dkr.ecr.*.amazonaws.com, 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
    "*.dkr-ecr.*.on.aws, 123456789012.dkr-ecr.eu-west-1.on.aws/team/app",
    "public.ecr.aws, public.ecr.aws/nginx/nginx",
    "*.azurecr.io, acme.azurecr.io/a",
    "gcr.io, gcr.io/project/image",
    "*-docker.pkg.dev, europe-docker.pkg.dev/p/r/i",
    "*.*.registry.io, a.b.registry.io/x",
    "foo.registry.io:8080/path, foo.registry.io:8080/path/image",
    "docker.io, docker.io/library/nginx",
    "registry.io/, registry.io/a",
    "registry.io/foo, registry.io/foo",
    "registry.io/foo, registry.io/foo/bar",
    // The path is a start of letters, not of parts.
    "registry.io/foo, registry.io/foobar",
    "registry.io:, registry.io/a",
    "registry.io:443, registry.io/a",
    "*, localhost/a",
    "*:5000, localhost:5000/a",
    "reg*.io, registry.io/a",
    "r*y.io, registry.io/a",
    "*registry*.io, registry.io/a",
    "regist?y.io, registry.io/a",
    "reg[a-z]stry.io, registry.io/a",
    "reg[aei]stry.io, registry.io/a",
    "reg[^0-9]stry.io, registry.io/a",
    "reg[a-cg-k]stry.io, registry.io/a",
    "'reg\\istry.io', registry.io/a",
    "[::1]:5000, [::1]:5000/a",
    "[::1], [::1]/a"
  })
  void isForAnImage(String glob, String image) {
    assertThat(matches(glob, image)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "*.dkr.ecr.*.amazonaws.com, 123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a",
    "*.registry.io, registry.io/a",
    "*.registry.io, a.b.registry.io/a",
    "*.*.registry.io, a.registry.io/a",
    "*.io, a.registry.io/a",
    "*, registry.io/a",
    "registry.io, registry.com/a",
    "registry.io, registry.io:5000/a",
    "registry.io:5000, registry.io/a",
    "registry.io:5000, registry.io:5001/a",
    "*:5000, localhost/a",
    "registry.io/foo, registry.io/fo",
    "registry.io/foo, registry.io/bar/foo",
    "registry.io/foo/, registry.io/foo",
    // No globs in a path.
    "registry.io/*, registry.io/a",
    "registry.io/fo?, registry.io/foo",
    "REGISTRY.io, registry.io/a",
    "docker.io, registry.io/docker.io",
    "index.docker.io, docker.io/library/nginx",
    "regist?y.io, registy.io/a",
    "regist?y.io, regist.y.io/a",
    "reg[a-h]stry.io, registry.io/a",
    "reg[^i]stry.io, registry.io/a",
    "'reg\\*.io', registry.io/a",
    "registry.io., registry.io/a",
    "[::1]:5000, [::2]:5000/a",
    "registryxio, registry.io/a"
  })
  void isForNoOtherImage(String glob, String image) {
    assertThat(matches(glob, image)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/path",
        "*.io:*",
        "registry.io:50*",
        "registry.io:port",
        "reg[istry.io",
        "reg[].io",
        "reg[z-a]stry.io",
        "registry\\",
        "reg[a-].io",
        "reg[-a].io",
        "https://registry.io"
      })
  void whatCanMatchNothingIsFound(String glob) {
    assertThat(ImageGlob.of(glob)).isEmpty();
  }

  private static boolean matches(String glob, String image) {
    return ImageGlob.of(glob).orElseThrow().matches(image);
  }
}
