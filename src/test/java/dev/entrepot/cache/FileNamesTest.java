package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileNamesTest {

  @ParameterizedTest
  @CsvSource({
    "ghcr.io, ghcr.io",
    "registry.corp:5000, registry.corp_5000",
    "registry.corp_5000, registry.corp__5000",
    "[fe80::1]:5000, [fe80__1]_5000"
  })
  void aHostIsASafeName(String host, String name) {
    // When
    String spelled = FileNames.of(new RegistryHost(host));

    // Then
    assertThat(spelled).isEqualTo(name);
  }

  @Test
  void noTwoHostsAreSpelledAlike() {
    // Given
    List<String> hosts = List.of("a:5", "a_5", "a__5", "a_5:5", "a-5", "a.5", "a_5__5", "a__5:5");

    // When
    List<String> names = hosts.stream().map(RegistryHost::new).map(FileNames::of).toList();

    // Then
    assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-z0-9._-]+"));
  }

  @Test
  void aRepositoryIsOneName() {
    // When
    String name = FileNames.of(new RepositoryName("a/b__c/d-e.f"));

    // Then
    assertThat(name).isEqualTo("a+b__c+d-e.f");
  }
}
